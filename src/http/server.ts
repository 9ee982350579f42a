import type { RequestListener, Server } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { Log } from '../app/ports/index.ts';

/** How long a connection may take, in milliseconds, and how many there may be. */
export interface ServerTimeouts {
  /** From the connection, or the first byte of its next request, to the last byte of the headers. */
  readonly headersMs: number;
  /** … to the last byte of the body: 5 MiB at 180 KiB/s. */
  readonly requestMs: number;
  /** Between two requests. Longer than the balancers in front of us keep an idle connection: they must close it first. */
  readonly keepAliveMs: number;
  /** Without a byte in either direction: longer than the longest wait, which is 55 seconds. */
  readonly silentMs: number;
  /** How often the first two are looked after. */
  readonly checkEveryMs: number;
  /** Room for 10,000 who wait, and as many again who want nothing good. */
  readonly connections: number;
}

const usual: ServerTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 75_000,
  silentMs: 90_000,
  checkEveryMs: 1_000,
  connections: 20_000,
};

/** Node's own default, which holds the largest id_token several times. */
const largestHeaderBytes = 16 * 1024;
/** The minimum time between two warnings about dropped connections. */
const warnEveryMs = 60_000;

/** An HTTP server that waits for nobody longer than it should. */
export function createServer(
  listener: RequestListener,
  log: Pick<Log, 'warn'>,
  timeouts: Partial<ServerTimeouts> = {},
): Server {
  const { headersMs, requestMs, keepAliveMs, silentMs, checkEveryMs, connections } = {
    ...usual,
    ...timeouts,
  };
  const server = createHttpServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkEveryMs,
      maxHeaderSize: largestHeaderBytes,
    },
    listener,
  );
  // Node closes a connection that was silent for so long, also one whose other end has stopped reading.
  server.timeout = silentMs;
  server.maxConnections = connections;
  let warnedAt = -Infinity;
  server.on('drop', () => {
    if (performance.now() - warnedAt < warnEveryMs) return;
    warnedAt = performance.now();
    log.warn({ connections }, 'too many connections: new ones are closed');
  });
  return server;
}
