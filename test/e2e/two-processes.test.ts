import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TriggerView } from '../../src/api/trigger-view.ts';
import { addProcess } from '../support/add-process.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { isLong } from '../support/long.ts';
import { openStream } from '../support/open-stream.ts';
import { install } from '../support/service-process.ts';
import { adminToken, hookTo, webhookSecret } from '../support/start-service.ts';

/** So soon a caller at one process hears of what another one stored; other tests may keep the machine busy. */
const promisedMs = isLong ? 500 : 10_000;
const handOvers = isLong ? 200 : 20;

/** Two processes: callers wait at the first, which works; hooks go to the second, which stands by. Nothing is swept. */
async function begin() {
  const installation = await install({ env: { SWEEP_SECONDS: '3600' }, hooks: false }, onTestFinished);
  const second = await addProcess(installation);
  await eventually(() => expect(second.log()).toContain('standing by'));
  const { simulator } = installation;
  for (const { id } of simulator.scenario.projects) simulator.addHook(id, hookTo(second.url));
  const succeed = (pipelineId: number): void => {
    for (const job of ['build', 'unit'])
      for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
  };
  const waitersOf = async (call: typeof second.call, id: string): Promise<number> =>
    ((await call('GET', `/v1/triggers/${id}`)).json as TriggerView).waiters;
  return { ...installation, second, succeed, waitersOf };
}

test(
  'a caller at the process that works is answered soon after the other one stored the end',
  { timeout: 600_000 },
  async () => {
    const { call, second, trigger, pipelineOf, succeed, waitersOf } = await begin();
    const lags: number[] = [];
    for (let round = 0; round < handOvers; round += 1) {
      const { id } = await trigger({ project: 'group/app', ref: 'main' });
      const pipelineId = await pipelineOf(id);
      const answeredAt = async (ask: typeof call): Promise<number> => {
        const { headers } = await ask('GET', `/v1/triggers/${id}/wait?wait=50`);
        expect(headers.get('pipeline-trigger-outcome')).toBe('success');
        return performance.now();
      };
      const [here, there] = [answeredAt(call), answeredAt(second.call)];
      await eventually(async () => {
        expect(await waitersOf(call, id)).toBe(1);
        expect(await waitersOf(second.call, id)).toBe(1);
      });
      succeed(pipelineId);
      lags.push((await here) - (await there));
    }
    const sorted = lags.toSorted((one, other) => one - other);
    const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? NaN);
    process.stdout.write(
      `hand-overs: ${handOvers}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms\n`,
    );
    expect(sorted.at(-1)).toBeLessThan(promisedMs);
  },
);

test('a stream at one process shows what the other one stored', { timeout: 300_000 }, async () => {
  const { url, trigger, pipelineOf, succeed, second } = await begin();
  const { id } = await trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await pipelineOf(id);
  const stream = await openStream(`${url}/v1/triggers/${id}/events`, {
    authorization: `Bearer ${adminToken}`,
  });
  succeed(pipelineId);
  await second.call('GET', `/v1/triggers/${id}/wait?wait=50`);
  // With the next comment, 15 seconds after the last one, the store would be read in any case.
  await eventually(() => expect(stream.text()).toContain('event: outcome'), 8_000);
});

test(
  'the stream of all triggers at one process shows soon what the other one stored',
  { timeout: 600_000 },
  async () => {
    const { url, call, second, trigger, pipelineOf, succeed, waitersOf } = await begin();
    const stream = await openStream(`${url}/v1/events`, { authorization: `Bearer ${adminToken}` });
    const lags: number[] = [];
    for (let round = 0; round < (isLong ? 50 : 5); round += 1) {
      const { id } = await trigger({ project: 'group/app', ref: 'main' });
      const pipelineId = await pipelineOf(id);
      const stored = second.call('GET', `/v1/triggers/${id}/wait?wait=50`);
      await eventually(async () => expect(await waitersOf(second.call, id)).toBe(1));
      succeed(pipelineId);
      await stored;
      const storedAt = performance.now();
      await eventually(
        () => expect(stream.text()).toMatch(new RegExp(`"id":"${id}".*"outcome":"success"`)),
        promisedMs,
      );
      lags.push(performance.now() - storedAt);
    }
    process.stdout.write(`stream of all triggers: longest hand-over ${Math.round(Math.max(...lags))} ms\n`);
    expect(Math.max(...lags)).toBeLessThan(promisedMs);
    // One that goes on at the other process has missed nothing.
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    await call('GET', `/v1/triggers/${id}/wait?wait=50`);
    stream.hangUp();
    const seen = [...stream.text().matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
    const resumed = await openStream(`${second.url}/v1/events`, {
      authorization: `Bearer ${adminToken}`,
      'last-event-id': seen,
    });
    await eventually(() =>
      expect(stream.text() + resumed.text()).toMatch(new RegExp(`"id":"${id}".*"outcome"`)),
    );
    resumed.hangUp();
  },
);

test(
  'the process that works applies what another one has stored and did not live to apply',
  { timeout: 300_000 },
  async () => {
    const { call, databaseFile, trigger, pipelineOf, waitersOf, second, succeed } = await begin();
    await second.end('SIGKILL');
    const { id } = await trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await pipelineOf(id);
    const answered = call('GET', `/v1/triggers/${id}/wait?wait=50`);
    await eventually(async () => expect(await waitersOf(call, id)).toBe(1));
    succeed(pipelineId);
    // As the second one would have left it.
    const database = new DatabaseSync(databaseFile, { timeout: 20_000 });
    const body = JSON.stringify({
      object_kind: 'pipeline',
      object_attributes: { id: pipelineId, status: 'success', source: 'api', ref: 'main', stages: ['test'] },
      project: { id: 1, path_with_namespace: 'group/app', web_url: 'https://gitlab.example.com/group/app' },
      builds: [],
    });
    database
      .prepare(
        `INSERT INTO "Delivery" ("id", "receivedAt", "event", "pipelineId", "result", "body")
         VALUES ('dlv_left', ?, 'Pipeline Hook', ?, 'accepted', ?)`,
      )
      .run(new Date().toISOString().replace('Z', '+00:00'), pipelineId, body);
    database.close();
    expect((await answered).headers.get('pipeline-trigger-outcome')).toBe('success');
  },
);

// A minute of waiting is for the long form; `leadership.test.ts` shows the same with a clock of its own.
if (isLong)
  test(
    'a first process that is stopped (kill -STOP) is reported by the second one after a minute',
    { timeout: 300_000 },
    async () => {
      const { service, second } = await begin();
      process.kill(service.pid, 'SIGSTOP');
      await eventually(() => expect(second.log()).toContain('has not run for a minute'), 120_000);
      expect(second.log()).not.toContain('taking over');
      process.kill(service.pid, 'SIGCONT');
      await eventually(() => expect(second.log()).toContain('the other process runs again'));
    },
  );

test(
  'a version with changes to make refuses to start beside a running one: one line, exit 1, nothing changed',
  { timeout: 300_000 },
  async () => {
    const { call, databaseFile, start } = await install({ hooks: false }, onTestFinished);
    // To a process that is started now, the last change of this version has not been made yet.
    const database = new DatabaseSync(databaseFile, { timeout: 20_000 });
    database.exec(
      'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT MAX(migration_name) FROM _prisma_migrations)',
    );
    const schemaOf = () => database.prepare('SELECT sql FROM sqlite_master ORDER BY name').all();
    const before = schemaOf();
    const newer = start({ PORT: String(await freePort()) });
    await newer.ended;
    expect((await newer.end('SIGKILL')).code).toBe(1);
    expect(newer.log().trim().split('\n')).toEqual([
      expect.stringMatching(/another process works on the database.*stop that process, then start this one/),
    ]);
    expect(schemaOf()).toEqual(before);
    database.close();
    const headers = { 'x-gitlab-token': webhookSecret };
    const body = { object_kind: 'pipeline' };
    expect((await call('POST', '/webhooks/gitlab', { token: null, body, headers })).status).toBe(202);
    expect((await call('GET', '/readyz', { token: null })).status).toBe(200);
  },
);

describe('a database file that goes away under the running service', () => {
  test.each([
    ['is removed', (file: string) => ['', '-wal', '-shm'].forEach((end) => rmSync(file + end))],
    ['loses its write-ahead log', (file: string) => rmSync(`${file}-wal`)],
    [
      'is replaced by a copy',
      (file: string) => {
        copyFileSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
    ],
  ])('that %s is noticed: nothing is taken any more, and one line says so', async (_what, harm) => {
    const { call, databaseFile, log } = await install({ hooks: false }, onTestFinished);
    expect((await call('GET', '/readyz', { token: null })).status).toBe(200);
    harm(databaseFile);
    expect((await call('GET', '/readyz', { token: null })).status).toBe(503);
    const headers = { 'x-gitlab-token': webhookSecret };
    const body = { object_kind: 'pipeline' };
    expect((await call('POST', '/webhooks/gitlab', { token: null, body, headers })).status).toBe(503);
    expect((await call('POST', '/v1/triggers', { body: { project: 'group/app', ref: 'main' } })).status).toBe(
      503,
    );
    const lines = log().split('\n');
    expect(lines.filter((line) => line.includes('was removed or replaced while'))).not.toHaveLength(0);
    expect(lines.filter((line) => line.includes('put the file or a backup in its place'))).toHaveLength(1);
  });

  test('is used again when it comes back', async () => {
    const { call, databaseFile } = await install({ hooks: false }, onTestFinished);
    expect((await call('GET', '/readyz', { token: null })).status).toBe(200);
    renameSync(databaseFile, `${databaseFile}.away`);
    expect((await call('GET', '/readyz', { token: null })).status).toBe(503);
    renameSync(`${databaseFile}.away`, databaseFile);
    expect((await call('GET', '/readyz', { token: null })).status).toBe(200);
  });
});
