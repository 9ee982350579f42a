import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A span as a collector is told of it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of its trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
  /** Ids of the spans that it is linked to. */
  readonly links: readonly string[];
  readonly ms: number;
}

/** One request of an exporter. */
export interface ReceivedExport {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface JsonValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
}
interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: JsonAttributes;
  readonly status?: { readonly code?: number };
  readonly links?: readonly { readonly spanId: string }[];
}
type JsonAttributes = readonly { readonly key: string; readonly value: JsonValue }[];
interface JsonExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: JsonAttributes };
    readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[];
  }[];
}

const kinds = { 1: 'internal', 2: 'server', 3: 'client' } as const;

const attributesFrom = (attributes: JsonAttributes = []): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue ?? NaN)]),
  );

const spanFrom = (span: JsonSpan): ReceivedSpan => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId ?? '',
  name: span.name,
  kind: kinds[span.kind as keyof typeof kinds],
  attributes: attributesFrom(span.attributes),
  isError: span.status?.code === 2,
  links: (span.links ?? []).map(({ spanId }) => spanId),
  ms: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
});

/** A collector of traces on this machine, until the test ends: takes what comes, unless it is told to answer otherwise. */
export async function startOtlpReceiver(
  answer: (response: ServerResponse) => void = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
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
  const parsed = () => exports.map(({ body }) => JSON.parse(body.toString('utf8')) as JsonExport);
  const spans = (): readonly ReceivedSpan[] =>
    parsed().flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans.map(spanFrom))),
    );
  const resources = () =>
    parsed().flatMap(({ resourceSpans }) =>
      resourceSpans.map(({ resource }) => attributesFrom(resource.attributes)),
    );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    /** What has come as JSON. */
    spans,
    resources,
  };
}

/** One span and all that was done within it, as lines: each below its parent, in the order of their ends. */
export function treeOf(spans: readonly ReceivedSpan[], root: ReceivedSpan, depth = 0): readonly string[] {
  const below = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
  return ['  '.repeat(depth) + root.name, ...below.flatMap((span) => treeOf(spans, span, depth + 1))];
}
