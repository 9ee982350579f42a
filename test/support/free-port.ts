import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that systems give to outgoing connections: a caller of a service that is down would get
 * the service's own port for it some day, and so keep it from coming back.
 */
const [lowest, highest] = [20_000, 32_000];
/** Each of the two workers of a run of tests has ports of its own: between the look at a port and its use lies a moment. */
const share = 250;
const shares = (highest - lowest) / share;
const worker = process.ppid * 2 + Number(process.env['VITEST_POOL_ID'] ?? 0);
const first = lowest + (worker % shares) * share;
let next = Math.floor(Math.random() * share);

/** A port nobody listens on. Each time another one. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < share; tries += 1) {
    const port = first + (next++ % share);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${first} on`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!listens) return false;
  server.close();
  await once(server, 'close');
  return true;
}
