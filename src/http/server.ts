import type { RequestListener, Server } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { Log } from '../app/ports/index.ts';
import { limitHeapGrowth } from '../platform/heap-growth.ts';

/** How long a connection may take, in milliseconds, and how many there may be. */
export interface ServerTimeouts {
  /** From the connection, or the first byte of its next request, to the last byte of the headers. */
  readonly headersMs: number;
  /** The same to the last byte of the body: 5 MiB at 180 KiB/s. */
  readonly requestMs: number;
  /** Between two requests. Longer than balancers in front keep an idle connection: they must close it first. */
  readonly keepAliveMs: number;
  /** Without a byte in either direction: longer than the longest wait, which is 55 seconds. */
  readonly silentMs: number;
  /** How often the first two are enforced. */
  readonly checkEveryMs: number;
  /** Room for 10,000 waiting callers, and as many hostile ones. */
  readonly connections: number;
  /** So many are a crowd: then memory counts for more than the time of a request. */
  readonly crowd: number;
}

const usual: ServerTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 75_000,
  silentMs: 90_000,
  checkEveryMs: 1_000,
  connections: 20_000,
  crowd: 1_000,
};

/** Node's default, several times the size of the largest id_token. */
const largestHeaderBytes = 16 * 1024;
/** The minimum time between two warnings about dropped connections. */
const warnEveryMs = 60_000;

/** An HTTP server with time limits for each part of a request. */
export function createServer(
  listener: RequestListener,
  log: Pick<Log, 'warn'>,
  timeouts: Partial<ServerTimeouts> = {},
  crowded: (isCrowded: boolean) => void = limitHeapGrowth,
): Server {
  const { headersMs, requestMs, keepAliveMs, silentMs, checkEveryMs, connections, crowd } = {
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
  // Node closes a connection without traffic for so long, also one whose other end has stopped reading.
  server.timeout = silentMs;
  server.maxConnections = connections;
  watchCrowd(server, crowd, crowded);
  let warnedAt = -Infinity;
  server.on('drop', () => {
    if (performance.now() - warnedAt < warnEveryMs) return;
    warnedAt = performance.now();
    log.warn({ connections }, 'too many connections: new ones are closed');
  });
  return server;
}

/** Calls when so many connections are open, and when only half of them are left. */
function watchCrowd(server: Server, crowd: number, crowded: (isCrowded: boolean) => void): void {
  let [open, isCrowded] = [0, false];
  const count = (change: 1 | -1): void => {
    open += change;
    if (isCrowded ? open > crowd / 2 : open < crowd) return;
    isCrowded = !isCrowded;
    crowded(isCrowded);
  };
  server.on('connection', (socket) => {
    count(1);
    socket.once('close', () => count(-1));
  });
}
