import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/**
 * A proxy before several services, of which it asks the first that answers: as nginx does with `proxy_next_upstream
 * error non_idempotent` and no connections kept to those behind it.
 */
export async function startBalancer(urls: readonly string[]): Promise<{ readonly url: string }> {
  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing, urls));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  urls: readonly string[],
): Promise<void> {
  const body = await buffer(incoming);
  for (const url of urls) {
    const answer = await ask(`${url}${incoming.url ?? ''}`, incoming, body).catch(() => null);
    if (answer === null) continue;
    const { connection: _ofThatSide, ...headers } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(outgoing);
    return;
  }
  outgoing.writeHead(502).end();
}

/** @throws Error when the connection breaks before there is an answer */
async function ask(
  url: string,
  { method, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const sent = request(url, { method, headers, agent: false });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}
