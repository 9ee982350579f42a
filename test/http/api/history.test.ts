import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';
import { runCli } from '../../support/run-command.ts';

const world = await startService();
afterAll(world.stop);

interface Entry {
  readonly kind: string;
  readonly text: string;
  readonly because: string | null;
  readonly count: number;
  readonly deliveryId: string | null;
  readonly at: string;
}
interface Item {
  readonly id: string;
  readonly waiters: number;
  readonly jobs: readonly { readonly name: string; readonly status: string }[];
  readonly waiting: readonly {
    readonly caller: string;
    readonly from: string | null;
    readonly count: number;
  }[];
  readonly entries: readonly Entry[];
}

const historyOf = async (id: string, token?: string): Promise<Item> => {
  const answer = await world.call('GET', `/v1/triggers/${id}/history`, token === undefined ? {} : { token });
  expect(answer.status).toBe(200);
  return answer.json as Item;
};

const newKey = async (name: string, role: string): Promise<string> => {
  const args = ['keys', 'create', '--name', name, '--role', role];
  return (await runCli(args, { DATABASE_URL: `file:${world.databaseFile}` })).stdout.trim();
};

test('a trigger’s history tells the request, hooks, plays, the decision, and who was answered what', async () => {
  const { id } = await world.trigger({ project: 'group/manual', ref: 'main', onManual: 'play' });
  const answers = [1, 2, 3].map(() => world.call('GET', `/v1/triggers/${id}/wait?wait=20`));
  await Promise.all(answers);
  await world.service.diagnostics.responses.flush();
  const { entries, ...trigger } = await historyOf(id);
  expect(trigger).toMatchObject((await world.call('GET', `/v1/triggers/${id}`)).json as object);
  const lines = entries.map(({ kind, text }) => `${kind} ${text}`);
  expect(lines[0]).toBe(
    'request admin at 127.0.0.1 asked for group/manual main, on manual: play, within 86400 seconds',
  );
  expect(lines).toContainEqual('start asks GitLab for the pipeline');
  expect(lines).toContainEqual('delivery Job Hook: job build is success');
  expect(lines).toContainEqual('play is to play deploy');
  expect(lines).toContainEqual('play played deploy');
  expect(entries.find(({ kind }) => kind === 'decision')).toMatchObject({ text: 'success' });
  expect(entries.find(({ kind }) => kind === 'answer')).toMatchObject({
    text: 'answered admin with 200',
    count: 3,
  });
  const times = entries.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  const deliveries = new Set(
    entries.flatMap(({ kind, deliveryId }) => (kind === 'delivery' ? deliveryId : [])),
  );
  const caused = entries.filter(({ kind, deliveryId }) => kind === 'job' && deliveryId !== null);
  expect(caused.length).toBeGreaterThan(0);
  for (const { deliveryId, because } of caused)
    expect([deliveries.has(deliveryId), because]).toEqual([true, 'a webhook reported it']);
});

test('requests of users are in it with their reasons, looks with what was seen, and the callers’ events are as ever', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.pipelineOf(id);
  const body = { reason: 'wrong branch' };
  expect((await world.call('POST', `/v1/triggers/${id}/cancel`, { body })).status).toBe(202);
  expect(await world.finished(id)).toMatchObject({
    outcome: 'canceled',
    reason: 'canceled by admin: wrong branch',
  });
  const { entries } = await historyOf(id);
  const lines = entries.map(({ kind, text }) => `${kind} ${text}`);
  expect(lines).toContainEqual('user_request cancel by admin at 127.0.0.1, reason wrong branch');
  expect(lines).toContainEqual('cancel is to cancel the pipeline: canceled by admin: wrong branch');
  expect(lines).toContainEqual('read polled GitLab after an action: canceled');
  expect(lines).toContainEqual('decision canceled: canceled by admin: wrong branch');
  const events = await world.call('GET', `/v1/triggers/${id}/events`, {
    headers: { accept: 'text/event-stream' },
  });
  const names = [...events.text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  expect(new Set(names)).toEqual(new Set(['state', 'status', 'job', 'outcome']));
  expect(events.text).not.toContain('cause');
});

test('a reason that is none is refused, and none is needed', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const cancel = (body: unknown) => world.call('POST', `/v1/triggers/${id}/cancel`, { body });
  for (const body of [{ reason: 7 }, { reason: '' }, { why: 'x' }, 'text'])
    expect((await cancel(body)).status).toBe(400);
  expect((await cancel({})).status).toBe(202);
});

test('the overview says which jobs run, who waits and where, and addresses to admins only', async () => {
  const [owner, other] = await Promise.all([newKey('owner', 'trigger'), newKey('other', 'trigger')]);
  const request = { project: 'group/app', ref: 'feature/slash' };
  const made = await world.call('POST', '/v1/triggers', { token: owner, body: request });
  const { id } = made.json as { id: string };
  const pipelineId = await world.pipelineOf(id);
  const gone = new AbortController();
  const waits = [1, 2].map(() =>
    world
      .call('GET', `/v1/triggers/${id}/wait?wait=50`, { token: owner, signal: gone.signal })
      .catch(() => null),
  );
  world.simulator.apply(pipelineId, 'run', ['build']);
  const find = async (token?: string): Promise<Item | undefined> => {
    const options = token === undefined ? {} : { token };
    const { json } = await world.call('GET', '/v1/triggers?view=overview&ref=feature/slash', options);
    return (json as { items: readonly Item[] }).items.find((item) => item.id === id);
  };
  const item = await eventually(async () => {
    const found = await find();
    expect([found?.jobs[0]?.status, found?.waiters]).toEqual(['running', 2]);
    return found;
  });
  expect(item).toMatchObject({
    caller: 'owner',
    jobs: [{ name: 'build', status: 'running' }],
    waiting: [{ caller: 'owner', from: '127.0.0.1', count: 2 }],
  });
  expect((await find(owner))?.waiting).toMatchObject([{ caller: 'owner', from: null, count: 2 }]);
  expect((await historyOf(id, owner)).entries[0]?.text).not.toContain('127.0.0.1');
  expect(await find(other)).toBeUndefined();
  expect((await world.call('GET', `/v1/triggers/${id}/history`, { token: other })).status).toBe(404);
  gone.abort();
  await Promise.all(waits);
  await eventually(async () => expect((await find())?.waiting).toEqual([]));
});

describe('the difference to GitLab', () => {
  const differenceOf = async (id: string) => {
    const { status, json } = await world.call('GET', `/v1/triggers/${id}/difference`);
    expect(status).toBe(200);
    return json as Record<string, unknown>;
  };

  test('is shown with what would follow, and nothing does', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await world.pipelineOf(id);
    await eventually(async () => {
      const stored = { id, project: 'group/app', pipelineId, storedStatus: 'pending' };
      expect(await differenceOf(id)).toMatchObject(stored);
    });
    world.simulator.faults.hooks.push({ kind: 'drop' });
    onTestFinished(() => void world.simulator.faults.hooks.splice(0));
    world.simulator.apply(pipelineId, 'drop', ['build']);
    const before = (await world.call('GET', `/v1/triggers/${id}`)).json;
    expect(await differenceOf(id)).toMatchObject({
      gitlabStatus: 'failed',
      changes: [
        `pipeline ${pipelineId} is failed`,
        'job build is failed',
        'job unit is skipped',
        'failed: failed jobs: build',
      ],
      outcome: 'failed',
      actions: [],
    });
    expect((await world.call('GET', `/v1/triggers/${id}`)).json).toEqual(before);
    expect((await world.call('POST', `/v1/triggers/${id}/reconcile`)).status).toBe(202);
    expect(await world.finished(id)).toMatchObject({ outcome: 'failed' });
    expect(await differenceOf(id)).toMatchObject({
      storedStatus: 'failed',
      gitlabStatus: 'failed',
      changes: [],
      outcome: null,
    });
  });

  test('is not for those who only read', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const token = await newKey('reader', 'read');
    expect((await world.call('GET', `/v1/triggers/${id}/difference`, { token })).status).toBe(403);
  });
});
