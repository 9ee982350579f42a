import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ReceivedSpan } from './read-otlp.ts';
import { readOtlp } from './read-otlp.ts';

/** One request of an exporter. */
export interface ReceivedExport {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A collector of traces on this machine, until the test ends: takes what comes, unless another answer is given. */
export async function startOtlpReceiver(
  answer: (response: ServerResponse) => void = (response) => {
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  },
) {
  const exports: ReceivedExport[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      exports.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
      answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const spans = (): readonly ReceivedSpan[] => exports.flatMap(({ body }) => readOtlp(body).spans);
  const resources = () => exports.flatMap(({ body }) => readOtlp(body).resources);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    spans,
    resources,
  };
}

/** One span and all that was done within it, as lines: each below its parent, in the order of their ends. */
export function treeOf(spans: readonly ReceivedSpan[], root: ReceivedSpan, depth = 0): readonly string[] {
  const below = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
  return ['  '.repeat(depth) + root.name, ...below.flatMap((span) => treeOf(spans, span, depth + 1))];
}
