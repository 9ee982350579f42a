import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Received = {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** undefined when the body is not JSON. */
  readonly payload: Payload | undefined;
};

export type Payload = {
  readonly object_kind: string;
  readonly build_name?: string;
  readonly build_status?: string;
  readonly object_attributes: Record<string, unknown> & { readonly status: string };
  readonly [key: string]: unknown;
};

export type Receiver = {
  readonly url: string;
  readonly received: Received[];
  /** What it answers from now on; null: nothing at all. */
  status: number | null;
};

/** A receiver of hooks that lives as long as the test. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      receiver.received.push({ headers: request.headers, body, payload: parse(body) });
      if (receiver.status !== null) response.writeHead(receiver.status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = { url: `http://127.0.0.1:${port}/hook`, received: [], status: 200 };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return receiver;
}

function parse(body: string): Payload | undefined {
  try {
    return JSON.parse(body) as Payload;
  } catch {
    return undefined;
  }
}
