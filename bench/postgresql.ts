import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { hasPostgresql } from '../test/support/find-postgresql.ts';
import type { PostgresqlServer } from '../test/support/start-postgresql.ts';
import { startPostgresql } from '../test/support/start-postgresql.ts';
import { deliverTaken } from './deliver.ts';
import { inParallel, median } from './figures.ts';
import { startService } from './start-service.ts';
import type { Row } from './table.ts';
import { figure } from './table.ts';

const requests = 4_000;
const rounds = 5;
const concurrency = 64;

/** Hooks that are committed on PostgreSQL before their answer, over one process and over three. */
export async function measurePostgresql(): Promise<readonly Row[]> {
  if (!hasPostgresql) return [figure('hooks a second on PostgreSQL', 'not measured: no PostgreSQL here')];
  // As it is installed: a commit is on disk.
  const server = await startPostgresql(['fsync=on']);
  try {
    return [
      figure('hooks a second on PostgreSQL, one process', await rateOver(server, 1), 'none'),
      figure('hooks a second on PostgreSQL, three processes', await rateOver(server, 3), '2,000/s'),
    ];
  } finally {
    await server.remove();
  }
}

async function rateOver({ url }: PostgresqlServer, processes: number): Promise<string> {
  const env = { DATABASE_URL: url, ENCRYPTION_KEY: randomBytes(32).toString('base64') };
  const services = [];
  for (let count = 0; count < processes; count += 1)
    services.push(await startService('http://127.0.0.1:1', { built: true, env }));
  const urls = services.map((service) => service.url);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
    const since = performance.now();
    await inParallel(requests, concurrency, (index) => deliverTaken(urls[index % processes] ?? '', agent));
    agent.destroy();
    rates.push(requests / ((performance.now() - since) / 1000));
  }
  for (const service of services) await service.stop();
  return `${median(rates).toFixed(0)}/s`;
}
