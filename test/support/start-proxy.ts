import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import type { WhenDone } from './service-child.ts';

export interface Proxy {
  readonly url: string;
  /** How many connections it has cut. */
  readonly cut: () => number;
  /** Listens no more, and cuts all. */
  readonly stop: () => void;
}

/** A proxy that cuts every connection on which nothing moves for a while, as most do. */
export async function startProxy(
  to: string,
  timeoutMs: number,
  whenDone: WhenDone = onTestFinished,
): Promise<Proxy> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  let cut = 0;
  const server = createServer((caller) => {
    const service = connect(Number(port), hostname);
    const close = (): void => {
      caller.destroy();
      service.destroy();
    };
    caller.setTimeout(timeoutMs, () => {
      cut += 1;
      close();
    });
    for (const socket of [caller, service]) {
      sockets.add(socket);
      socket.on('error', close).on('close', close);
    }
    caller.pipe(service);
    service.pipe(caller);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  whenDone(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut: () => cut, stop };
}
