import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as sendRequest } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Nobody trusts it, and it guards nothing. Made with `openssl req -x509 … -days 36500`. */
export const certificateFile = new URL('self-signed-cert.pem', import.meta.url).pathname;
const certificate = { key: read('self-signed-key.pem'), cert: read('self-signed-cert.pem') };

interface TlsProxy {
  /** With its port, without a scheme. */
  readonly host: string;
  /** Paths as they were asked for. */
  readonly paths: readonly string[];
}

/** Https with a certificate that is its own, in front of a server without. `rewrite` may change the path. */
export async function startTlsProxy(to: string, rewrite = (path: string) => path): Promise<TlsProxy> {
  const paths: string[] = [];
  const server = createServer(certificate, (request, response) => {
    const { method, url = '', headers } = request;
    paths.push(url);
    const forwarded = sendRequest(to + rewrite(url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}
