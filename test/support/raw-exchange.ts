import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { refuseLeak } from './canary.ts';

/** What came back on a connection, as far as it is HTTP. */
export interface RawAnswer {
  /** Null when the connection ended without an answer. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** As it came; with `Transfer-Encoding: chunked` still in chunks. */
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** By name; a list is sent as several headers of the name. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as it is, with its length unless `headers` say something of it. */
  readonly body?: string | Buffer;
}

/** The bytes of a request as they are given, right or wrong. Ends the connection unless given otherwise. */
export function requestBytes({ method = 'POST', path, headers = {}, body = '' }: RawRequest): Buffer {
  const bytes = Buffer.from(body);
  const given = Object.keys(headers).map((name) => name.toLowerCase());
  const saysLength = given.includes('content-length') || given.includes('transfer-encoding');
  const all = {
    host: 'localhost',
    connection: 'close',
    ...(saysLength || bytes.length === 0 ? {} : { 'content-length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  );
  const head = [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

/** Opens a connection to a service. */
export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  return socket;
}

/** All that comes on a connection until it ends, or for so long. */
export async function readAnswer(socket: Socket, timeoutMs = 25_000): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A reset after the answer is one way to end.
  socket.on('error', () => undefined);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  if (!socket.closed) await once(socket, 'close').catch(() => undefined);
  clearTimeout(timer);
  const bytes = Buffer.concat(chunks);
  refuseLeak('an answer on a socket', bytes);
  return answerFrom(bytes.toString('latin1'));
}

function answerFrom(text: string): RawAnswer {
  const final = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const [head = '', ...rest] = final.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(first) ?? [];
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: status === undefined ? null : Number(status), headers, body: rest.join('\r\n\r\n') };
}

/** Sends one request, and reads what comes back. */
export async function exchange(url: string, request: RawRequest, timeoutMs?: number): Promise<RawAnswer> {
  const socket = await open(url);
  socket.write(requestBytes(request));
  return readAnswer(socket, timeoutMs);
}
