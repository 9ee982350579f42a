import { Agent } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { deliverTaken } from './deliver.ts';
import { inParallel, median } from './figures.ts';
import { processorMs } from './processor.ts';
import { adminToken, startService } from './start-service.ts';
import type { Row } from './table.ts';
import { compared } from './table.ts';

const sizes = [1_000, 100_000, 1_000_000] as const;
const hooks = 2_000;
const reads = 300;
const rounds = 5;

interface Costs {
  /** Time of the processor, in milliseconds. */
  readonly hook: number;
  readonly list: number;
  /** A list whose filter matches nothing. */
  readonly none: number;
}

/** What a hook and a list cost when so many finished triggers and deliveries are stored. */
export async function measureGrowth(): Promise<readonly Row[]> {
  const costs: Costs[] = [];
  for (const size of sizes) costs.push(await measure(size));
  const [small, ...larger] = costs;
  return larger.flatMap((cost, index) =>
    Object.entries({ hook: 'a hook', list: 'a list', none: 'a list that matches nothing' } as const).map(
      ([key, name]) =>
        compared(
          `processor for ${name}, ${sizes[index + 1]?.toLocaleString('en')} triggers and deliveries stored`,
          cost[key as keyof Costs],
          {
            unit: ' ms',
            limit: 'ratio 1.3',
            peer: { name: 'with 1,000', value: small?.[key as keyof Costs] ?? NaN },
          },
        ),
    ),
  );
}

async function measure(size: number): Promise<Costs> {
  const service = await startService('http://127.0.0.1:1', { built: true });
  try {
    await fill(service, size);
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const headers = { authorization: `Bearer ${adminToken}` };
    const get = (query: string) => () =>
      fetch(`${service.url}/v1/triggers?${query}`, { headers }).then((response) => response.text());
    const cost = async (count: number, act: () => Promise<unknown>): Promise<number> => {
      const results: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const before = processorMs(service.pid);
        await inParallel(count, 32, act);
        results.push((processorMs(service.pid) - before) / count);
      }
      return median(results);
    };
    const hook = await cost(hooks, () => deliverTaken(service.url, agent));
    agent.destroy();
    return {
      hook,
      list: await cost(reads, get('state=all&limit=20')),
      none: await cost(reads, get('state=all&project=nobody/nothing&ref=none')),
    };
  } finally {
    await service.stop();
  }
}

/** Makes one trigger and one delivery over HTTP, and as many copies of them in the database as are wanted. */
async function fill(service: Awaited<ReturnType<typeof startService>>, size: number): Promise<void> {
  const agent = new Agent();
  await deliverTaken(service.url, agent);
  await fetch(`${service.url}/v1/triggers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ project: 'bench/app', ref: 'main' }),
  });
  const database = new DatabaseSync(service.databaseFile, { timeout: 10_000 });
  const names = (table: string): string[] =>
    database
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => `"${String(name)}"`);
  const copy = (table: string, changed: Readonly<Record<string, string>>): void => {
    const columns = names(table);
    const values = columns.map((column) => changed[column] ?? column);
    database.exec(`WITH RECURSIVE "n"("i") AS (SELECT 1 UNION ALL SELECT "i" + 1 FROM "n" WHERE "i" < ${size})
      INSERT INTO "${table}" (${columns.join()}) SELECT ${values.join()} FROM (SELECT * FROM "${table}" LIMIT 1), "n"`);
  };
  const at = `strftime('%Y-%m-%dT%H:%M:%f', '2026-01-01', '+' || "i" || ' seconds') || '+00:00'`;
  copy('Trigger', {
    '"id"': `'trg_' || "i"`,
    '"pending"': '0',
    '"open"': '0',
    '"pipelineId"': '1000000 + "i"',
    '"idempotencyKey"': 'NULL',
    '"createdAt"': at,
    '"observedAt"': at,
    '"finishedAt"': at,
    '"secrets"': 'NULL',
  });
  copy('Delivery', {
    '"id"': `'dlv_' || "i"`,
    '"receivedAt"': at,
    '"pipelineId"': '1000000 + "i"',
    '"body"': `'{}'`,
  });
  database.close();
}
