import { readdirSync, statSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { openStore } from '../../src/store/open-store.ts';
import { eventually } from '../support/eventually.ts';
import { isLong } from '../support/long.ts';
import { openStream } from '../support/open-stream.ts';
import { residentBytes } from '../support/resident-bytes.ts';
import type { Installation } from '../support/service-process.ts';
import { install } from '../support/service-process.ts';
import { adminToken } from '../support/start-service.ts';
import { examine } from './kill/support/post-crash-checks.ts';
import { kinds, scenario } from './kill/support/kinds.ts';
import { createCaller } from './kill/support/persistent-caller.ts';

const mebibyte = 2 ** 20;
/** How often all that a service does is done; in the long form often enough to tell growth from warming up. */
const [rounds, callers] = isLong ? [60, 200] : [6, 20];

/** What could grow. */
interface Holdings {
  readonly descriptors: number;
  readonly rows: number;
  readonly walBytes: number;
  readonly databaseBytes: number;
  readonly residentBytes: number;
}

/** One caller: asks, looks on, hangs up, asks again, waits. */
async function live(installation: Installation, name: string, index: number): Promise<void> {
  const kind = kinds[index % kinds.length] as (typeof kinds)[number];
  const caller = createCaller(installation, { ref: 'main', ...kind.request }, name);
  const id = await caller.ask();
  const authorization = `Bearer ${adminToken}`;
  const stream = await openStream(`${installation.url}/v1/triggers/${id}/events`, { authorization });
  const gone = new AbortController();
  const waiting = installation.call('GET', `/v1/triggers/${id}/wait`, { signal: gone.signal });
  gone.abort();
  await waiting.catch(() => undefined);
  await kind.drive?.(id, caller);
  const { headers } = await caller.wait(id);
  expect(headers.get('pipeline-trigger-outcome')).toBe(kind.outcome);
  expect(await caller.ask()).toBe(id);
  stream.hangUp();
}

/** Removes what has finished, as the service does once a day. */
async function prune(databaseFile: string): Promise<void> {
  const store = await openStore({ url: `file:${databaseFile}`, encryptionKeys: null, parsePayload });
  // GitLab's hooks of the last pipelines may still be on their way.
  await store.prune(Date.now(), Date.now());
  await store.close();
}

const countRows = `SELECT (SELECT count(*) FROM Trigger) + (SELECT count(*) FROM TimelineEntry)
  + (SELECT count(*) FROM PlayedJob) + (SELECT count(*) FROM Delivery) AS count`;

async function holdingsOf({ service: { pid }, databaseFile, call }: Installation): Promise<Holdings> {
  // Those who have hung up are noticed a moment later.
  const descriptors = await eventually(async () => {
    const metrics = await call('GET', '/metrics');
    expect(metrics.text).toMatch(/^pipeline_trigger_waiters(?:\{.*\})? 0$/m);
    return readdirSync(`/proc/${pid}/fd`).length;
  });
  return {
    descriptors,
    rows: examine(databaseFile, ({ query }) => Number(query(countRows)[0]?.['count'])),
    walBytes: statSync(`${databaseFile}-wal`).size,
    databaseBytes: statSync(databaseFile).size,
    residentBytes: residentBytes(pid),
  };
}

test(
  'what a service holds does not grow with what it has done',
  { timeout: 3_600_000, skip: process.platform !== 'linux' },
  async () => {
    const installation = await install({ scenario }, onTestFinished);
    const held: Holdings[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        Array.from({ length: callers }, (_, index) => live(installation, `${round} ${index}`, index)),
      );
      await prune(installation.databaseFile);
      held.push(await holdingsOf(installation));
    }
    const most = (of: keyof Holdings, part: readonly Holdings[]): number =>
      Math.max(...part.map((holdings) => holdings[of]));
    const [early, late] = [held.slice(0, rounds / 2), held.slice(rounds / 2)];
    if (isLong) process.stdout.write(`${JSON.stringify([early.at(-1), late.at(-1)])}\n`);

    // Connections that GitLab or a caller has just opened come and go, more of them on a busy machine; what leaks stays.
    const fewest = Math.min(...late.map(({ descriptors }) => descriptors));
    expect(fewest).toBeLessThanOrEqual(most('descriptors', early) + 10);
    expect(most('rows', late)).toBeLessThanOrEqual(most('rows', early) + callers);
    // The audit log stays.
    expect(most('databaseBytes', late)).toBeLessThanOrEqual(1.5 * most('databaseBytes', early));
    expect(most('walBytes', late)).toBeLessThan(16 * mebibyte);
    // A heap finds its size in the first thousands of requests.
    if (isLong)
      expect(most('residentBytes', late)).toBeLessThan(most('residentBytes', early) + 40 * mebibyte);
  },
);
