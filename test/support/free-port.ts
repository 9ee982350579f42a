import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port nobody listens on, below those that systems give to outgoing connections: whoever calls a service that is
 * down again and again would get the service's own port for it some day, and so keep it from coming back.
 */
export async function freePort(tries = 20): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree && tries > 1) return freePort(tries - 1);
  if (!isFree) throw new Error('no free port found');
  server.close();
  await once(server, 'close');
  return port;
}
