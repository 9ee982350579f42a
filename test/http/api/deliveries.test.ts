import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { readFixture } from '../../support/hook-fixtures.ts';
import { startService, webhookSecret } from '../../support/start-service.ts';

interface DeliveryView {
  readonly id: string;
  readonly receivedAt: string;
  readonly event: string;
  readonly kind: string;
  readonly pipelineId: number | null;
  readonly status: string | null;
  readonly result: string;
}

interface Page {
  readonly items: readonly DeliveryView[];
  readonly nextCursor: string | null;
}

const lines: object[] = [];
const note = (fields: object, message: string): void => void lines.push({ ...fields, message });
const world = await startService({ log: { info: note, warn: note, error: note } });
afterAll(world.stop);

const list = async (query = ''): Promise<Page> =>
  (await world.call('GET', `/v1/deliveries${query}`)).json as Page;
const show = (id: string) => world.call('GET', `/v1/deliveries/${id}`);
const replay = (id: string) => world.call('POST', `/v1/deliveries/${id}/replay`);

let count = 0;
/** Delivers a hook by hand. */
async function deliver(body: string, event = 'Pipeline Hook', { call, simulator } = world): Promise<string> {
  const headers = {
    'x-gitlab-event': event,
    'x-gitlab-token': webhookSecret,
    'x-gitlab-instance': simulator.url,
    'user-agent': 'GitLab/19.1.0-ee',
    'webhook-id': `by-hand-${(count += 1)}`,
  };
  const { json } = await call('POST', '/webhooks/gitlab', { token: null, body, headers });
  return (json as { delivery: string }).delivery;
}

/** A Pipeline Hook as the documentation has it, of another pipeline. */
const hookOf = (pipelineId: number, status: string): string => {
  const hook = JSON.parse(readFixture('gitlab_docs_19_pipeline_hook')) as { object_attributes: object };
  const attributes = { ...hook.object_attributes, id: pipelineId, status, url: null };
  const project = { id: 1, path_with_namespace: 'group/app' };
  return JSON.stringify({ ...hook, object_attributes: attributes, project, builds: [] });
};

test('a delivery is shown as it came, without the values of variables', async () => {
  const id = await deliver(readFixture('gitlab_docs_19_pipeline_hook'));
  const answer = await show(id);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    id,
    receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    happenedAt: '2016-08-12T15:26:29.000Z',
    event: 'Pipeline Hook',
    instance: world.simulator.url,
    userAgent: 'GitLab/19.1.0-ee',
    kind: 'pipeline',
    reason: null,
    pipelineId: 31,
    status: 'success',
    result: 'accepted',
    body: expect.objectContaining({ object_kind: 'pipeline' }) as object,
  });
  expect(answer.text).toContain('NESTOR_PROD_ENVIRONMENT');
  expect(answer.text).not.toContain('us-west-1');
});

test('what we could not use is shown with the reason', async () => {
  expect((await show(await deliver('{"object_kind":"push"}', 'Push Hook'))).json).toMatchObject({
    kind: 'ignored',
    reason: 'not a Pipeline Hook or Job Hook',
    result: 'ignored',
    pipelineId: null,
    body: null,
  });
  expect((await show(await deliver('{"object_kind":"pipeline"}'))).json).toMatchObject({
    kind: 'unreadable',
    reason: 'not the content of a pipeline hook',
    result: 'accepted',
    pipelineId: null,
    body: { object_kind: 'pipeline' },
  });
});

test('one that cannot be read is shown with the pipeline that it names, which is looked at', async () => {
  const still = await startService({ hooks: false });
  try {
    const { id } = await still.trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await still.pipelineOf(id);
    still.simulator.apply(pipelineId, 'run', ['build']);
    const body = JSON.stringify({
      object_kind: 'pipeline',
      object_attributes: { id: pipelineId, status: 5 },
    });
    const hook = await deliver(body, 'Pipeline Hook', still);
    await eventually(async () => {
      const { json } = await still.call('GET', `/v1/triggers/${id}`);
      expect(json).toMatchObject({ pipelineStatus: 'running' });
    });
    const { json } = await still.call('GET', `/v1/deliveries/${hook}`);
    expect(json).toMatchObject({ kind: 'unreadable', result: 'accepted', pipelineId });
  } finally {
    await still.stop();
  }
});

test('one nested too deeply to be parsed is shown as unreadable', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const id = await deliver(hookOf(88, 'running').replace('"builds"', `"deep": ${deep}, "builds"`));
  expect((await show(id)).json).toMatchObject({ kind: 'unreadable', pipelineId: null, body: null });
});

test('a job is shown with its status', async () => {
  const id = await deliver(readFixture('gitlab_docs_19_job_hook'), 'Job Hook');
  expect((await show(id)).json).toMatchObject({
    kind: 'job',
    event: 'Job Hook',
    pipelineId: 2366,
    status: 'created',
  });
});

describe('the list', () => {
  test('shows the newest first, without bodies', async () => {
    const ids = [await deliver(hookOf(71, 'running')), await deliver(hookOf(72, 'running'))];
    const { items } = await list('?limit=2');
    expect(items.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(items[0]).not.toHaveProperty('body');
    expect(items.map(({ receivedAt }) => receivedAt)).toEqual(
      items
        .map(({ receivedAt }) => receivedAt)
        .sort()
        .reverse(),
    );
  });

  test('comes in pages', async () => {
    const whole = await list('?limit=200');
    const seen: DeliveryView[] = [];
    let cursor = '';
    do {
      const page: Page = await list(`?limit=3${cursor}`);
      seen.push(...page.items);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(whole.items);
    expect(seen.length).toBeGreaterThan(3);
  });

  test('shows those of pipelines that no trigger has', async () => {
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    const { pipelineId } = await world.finished(id);
    const ofTrigger = async (query: string) =>
      (await list(`?limit=200${query}`)).items.filter((delivery) => delivery.pipelineId === pipelineId);
    await eventually(async () => expect((await ofTrigger('')).length).toBeGreaterThan(0));
    expect(await ofTrigger('&unmatched=1')).toEqual([]);
    const stray = await deliver(hookOf(999, 'success'));
    const { items, nextCursor } = await list('?unmatched=1&limit=1');
    expect(items.map((delivery) => delivery.id)).toEqual([stray]);
    expect((await list(`?unmatched=1&limit=1&cursor=${nextCursor}`)).items[0]?.id).not.toBe(stray);
  });

  test.each([['limit=0'], ['limit=201'], ['limit=x'], ['cursor=x']])('is refused with ?%s', async (query) => {
    const answer = await world.call('GET', `/v1/deliveries?${query}`);
    expect(answer.json).toMatchObject({ type: '/problems/invalid', status: 400 });
  });
});

describe('a replay', () => {
  test('tells the trigger once more', async () => {
    const still = await startService({ hooks: false });
    try {
      const { id } = await still.trigger({ project: 'group/app', ref: 'main' });
      const pipelineId = await still.pipelineOf(id);
      const isShown = (pipelineStatus: string) =>
        eventually(async () => {
          expect((await still.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({ pipelineStatus });
        });
      const hook = await deliver(hookOf(pipelineId, 'preparing'), 'Pipeline Hook', still);
      await isShown('preparing');
      await still.call('POST', `/v1/triggers/${id}/reconcile`);
      await isShown('pending');
      const answer = await still.call('POST', `/v1/deliveries/${hook}/replay`);
      expect(answer.status).toBe(202);
      expect(answer.json).toMatchObject({
        id: hook,
        kind: 'pipeline',
        pipelineId,
        status: 'preparing',
        result: 'accepted',
      });
      await isShown('preparing');
    } finally {
      await still.stop();
    }
  });

  test('may be repeated: an end stays what it is', async () => {
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    const trigger = await world.finished(id);
    const { items } = await list('?limit=200');
    const own = items.filter(({ pipelineId }) => pipelineId === trigger.pipelineId);
    for (const delivery of [...own, ...own]) expect((await replay(delivery.id)).status).toBe(202);
    expect((await world.call('GET', `/v1/triggers/${id}`)).json).toEqual(trigger);
  });

  test('of any delivery, repeated and concurrent, has no second effect', async () => {
    const requests = [
      { project: 'group/green' },
      { project: 'group/failing' },
      { project: 'group/manual', onManual: 'play' },
      { project: 'group/manual', onManual: 'play', jobs: ['rollback', 'deploy'] },
      { project: 'group/flaky' },
    ];
    const begun = await Promise.all(requests.map((request) => world.trigger({ ref: 'main', ...request })));
    const before: TriggerView[] = [];
    for (const { id } of begun) before.push(await world.finished(id));
    const isTheirs = ({ pipelineId }: DeliveryView) =>
      before.some((trigger) => trigger.pipelineId === pipelineId);
    const deliveries = (await list('?limit=200')).items.filter(isTheirs);
    const after = async () =>
      Promise.all(begun.map(async ({ id }) => (await world.call('GET', `/v1/triggers/${id}`)).json));
    world.simulator.clearRequests();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...deliveries), { minLength: 1, maxLength: 10 }),
        async (replayed) => {
          const answers = await Promise.all(replayed.map(({ id }) => replay(id)));
          expect(answers.map(({ status }) => status)).toEqual(replayed.map(() => 202));
          expect(await after()).toEqual(before);
          expect(world.simulator.requests).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is noted, with who asked for it', async () => {
    const id = await deliver(hookOf(73, 'running'));
    await replay(id);
    expect(lines).toContainEqual({
      ...{ message: 'audit', actor: 'admin', from: '127.0.0.1', requestId: expect.any(String) as string },
      ...{ action: 'delivery.replay', subject: id, deliveryId: id, details: {} },
    });
  });

  test('of what we do not use does nothing', async () => {
    expect((await replay(await deliver('{"object_kind":"push"}'))).json).toMatchObject({ result: 'ignored' });
  });
});

test('an unknown delivery is a problem', async () => {
  for (const answer of [await show('dlv_unknown'), await replay('dlv_unknown')])
    expect(answer.json).toMatchObject({
      type: '/problems/not_found',
      status: 404,
      detail: 'there is no such delivery',
    });
});
