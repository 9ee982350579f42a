import { describe, expect, onTestFinished, test } from 'vitest';
import type { TriggerView } from '../../src/api/trigger-view.ts';
import type { Answer } from '../support/call.ts';
import { eventually } from '../support/eventually.ts';
import { lockDatabase } from '../support/lock-database.ts';
import type { WhenDone } from '../support/service-child.ts';
import { install } from '../support/service-process.ts';
import { webhookSecret } from '../support/start-service.ts';

/** GitLab waits so long for the answer to a hook. */
const gitlabTimeoutMs = 10_000;
/** So soon after its cause is gone the trouble must be over. */
const recoveryMs = 5_000;

/** An installation that remembers what it has acknowledged. */
async function begin(whenDone: WhenDone) {
  const installation = await install({ inside: true }, whenDone);
  const { call, simulator } = installation;
  const taken = { deliveries: [] as string[], triggers: [] as string[] };
  let count = 0;

  return {
    ...installation,
    taken,
    /** Delivers a hook of nobody's pipeline. */
    deliver: async (bytes = 1_000): Promise<Answer> => {
      const headers = { 'x-gitlab-token': webhookSecret, 'webhook-id': `by-hand-${(count += 1)}` };
      const body = { object_kind: 'pipeline', padding: 'x'.repeat(bytes) };
      const answer = await call('POST', '/webhooks/gitlab', { token: null, body, headers });
      if (answer.status === 202) taken.deliveries.push((answer.json as { delivery: string }).delivery);
      return answer;
    },
    start: async (): Promise<Answer> => {
      const answer = await call('POST', '/v1/triggers', { body: { project: 'group/app', ref: 'main' } });
      if (answer.status === 202) taken.triggers.push((answer.json as TriggerView).id);
      return answer;
    },
    statusOf: async (path: string): Promise<number> => (await call('GET', path, { token: null })).status,
    succeed: (pipelineId: number): void => {
      for (const job of ['build', 'unit'])
        for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
    },
  };
}

type World = Awaited<ReturnType<typeof begin>>;

/** Uses up the room in the pages that there are. */
async function fill({ deliver, start }: World): Promise<void> {
  for (const attempt of [() => deliver(60_000), deliver, start])
    await eventually(async () => expect((await attempt()).status).toBe(503));
}

/**
 * Causes the trouble and returns the function that ends it. Except for the lock of another process, a pragma
 * on the service's own connections causes it: root ignores file modes, and few machines have a full disk.
 */
const troubles: Readonly<
  Record<string, (world: World, whenDone: WhenDone) => Promise<() => Promise<unknown>>>
> = {
  'is held by somebody else': ({ databaseFile }, whenDone) => lockDatabase(databaseFile, whenDone),
  'is full': async (world) => {
    // SQLite takes it for the number of pages that there are.
    await world.service.ask({ pragma: 'max_page_count = 1' });
    await fill(world);
    return () => world.service.ask({ pragma: 'max_page_count = 4294967294' });
  },
  'is read-only': async ({ service: { ask } }) => {
    await ask({ pragma: 'query_only = ON' });
    return () => ask({ pragma: 'query_only = OFF' });
  },
};

describe.concurrent('while the database', { timeout: 300_000 }, () => {
  test.for(Object.entries(troubles))(
    '%s nothing is taken, afterwards all goes on and nothing taken is lost',
    async ([, trouble], { onTestFinished }) => {
      const world = await begin(onTestFinished);
      const { taken, deliver, start, statusOf, simulator } = world;
      const id = ((await start()).json as TriggerView).id;
      const pipelineId = await world.pipelineOf(id);
      await deliver();
      const end = await trouble(world, onTestFinished);
      const before = structuredClone(taken);

      const since = performance.now();
      const asked = Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? start() : deliver()));
      expect(await statusOf('/healthz')).toBe(200);
      for (const { status, json, headers } of await Promise.all(asked)) {
        expect({ status, json }).toMatchObject({
          status: 503,
          json: { type: '/problems/storage_unavailable' },
        });
        expect(headers.get('retry-after')).toBe('1');
      }
      expect(performance.now() - since).toBeLessThan(gitlabTimeoutMs);
      expect(await statusOf('/readyz')).toBe(503);
      expect(taken).toEqual(before);
      // GitLab goes on meanwhile, and its hooks are refused.
      world.succeed(pipelineId);

      await end();
      await eventually(async () => expect(await statusOf('/readyz')).toBe(200), recoveryMs);
      expect((await deliver()).status).toBe(202);
      expect((await start()).status).toBe(202);
      expect(await world.finished(id)).toMatchObject({ outcome: 'success', pipelineId });
      for (const delivery of taken.deliveries)
        expect((await world.call('GET', `/v1/deliveries/${delivery}`)).status).toBe(200);
      for (const trigger of taken.triggers) await world.pipelineOf(trigger);
      expect(simulator.pipelines('group/app')).toHaveLength(taken.triggers.length);
    },
  );
});

test(
  'while rows cannot be read the service is not ready, and is again afterwards',
  { timeout: 300_000 },
  async () => {
    const { call, service, statusOf, start } = await begin(onTestFinished);
    expect((await start()).status).toBe(202);
    await service.ask({ failReads: true });
    expect(await statusOf('/readyz')).toBe(503);
    expect((await call('GET', '/v1/triggers')).status).toBe(503);
    expect(await statusOf('/healthz')).toBe(200);
    await service.ask({ failReads: false });
    await eventually(async () => expect(await statusOf('/readyz')).toBe(200), recoveryMs);
  },
);
