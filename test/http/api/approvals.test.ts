import { afterAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import type { Role } from '../../../src/domain/access/caller.ts';
import { eventually } from '../../support/eventually.ts';
import { startStubServer } from '../../support/start-stub-server.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService({
  env: { PUBLIC_URL: 'https://ci.example.com/pipelines/', CALLBACK_ALLOWED_HOSTS: '127.0.0.1' },
});
afterAll(world.stop);

const operator = { id: 'operator@cli', from: 'test' };
const keyOf = async (name: string, role: Role, projects: readonly string[] | null = null): Promise<string> =>
  (await world.service.keys.create({ name, role, projects, days: null }, operator)).secret;
const tokens = {
  starter: await keyOf('starter', 'trigger'),
  approver: await keyOf('ann', 'approve', ['group/*']),
  other: await keyOf('bob', 'approve', ['other/*']),
  namesake: await keyOf('starter', 'approve'),
  reader: await keyOf('eve', 'read'),
};

const rules = [{ job: '*', action: 'approve', timeoutSeconds: 3600, variables: { CANARY: 'secret-value' } }];

const shown = async (id: string): Promise<TriggerView> =>
  (await world.call('GET', `/v1/triggers/${id}`)).json as TriggerView;

/** A trigger that waits for an approval. */
async function waiting(token: string = tokens.starter) {
  const body = { project: 'group/manual', ref: 'main', manual: rules };
  const { id } = (await world.call('POST', '/v1/triggers', { token, body })).json as TriggerView;
  return eventually(async () => {
    const trigger = await shown(id);
    const { approvals = [] } = trigger;
    expect(approvals.length).toBeGreaterThan(0);
    return { ...trigger, approvals };
  });
}

const decide = (id: string, how: 'approve' | 'reject', token: string, body?: object) =>
  world.call('POST', `/v1/triggers/${id}/${how}`, { token, ...(body === undefined ? {} : { body }) });

test('is shown with the trigger and in lists, and its values are not', async () => {
  const trigger = await waiting();
  const { approvals } = trigger;
  expect(approvals).toMatchObject([
    {
      environment: null,
      since: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      url: `https://ci.example.com/pipelines/triggers/${trigger.id}`,
    },
  ]);
  const [approval] = approvals;
  expect(Date.parse(approval?.expiresAt ?? '') - Date.parse(approval?.since ?? '')).toBe(3_600_000);
  for (const path of ['/v1/triggers', '/v1/triggers?view=overview']) {
    const { items } = (await world.call('GET', path)).json as { items: TriggerView[] };
    expect(items.find(({ id }) => id === trigger.id)?.approvals).toEqual(approvals);
  }
  expect(JSON.stringify(trigger)).not.toContain('secret-value');
});

test('given: 202 and the trigger, as often as it is asked; the job is played once, with its variables', async () => {
  const { id, pipelineId } = await waiting();
  const first = await decide(id, 'approve', tokens.approver, { comment: 'tested' });
  expect(first).toMatchObject({ status: 202, json: { id, approvals: [] } });
  expect((await decide(id, 'approve', tokens.approver)).status).toBe(202);
  expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
  expect((await decide(id, 'approve', tokens.approver)).status).toBe(202);
  const played = world.simulator.pipeline(pipelineId ?? 0).jobs.filter(({ when }) => when === 'manual');
  expect(played.filter(({ status }) => status === 'success')).toMatchObject([
    { variables: { CANARY: 'secret-value' } },
  ]);
  const { items } = (await world.call('GET', `/v1/audit?subject=${id}`)).json as { items: object[] };
  expect(items).toContainEqual(
    expect.objectContaining({ action: 'trigger.approve', actor: 'ann' }) as unknown,
  );
});

test('refused: outcome manual, 423 for who waits, with who and why', async () => {
  const { id, approvals } = await waiting();
  const job = approvals[0]?.job ?? '';
  expect((await decide(id, 'reject', tokens.approver, { job, comment: 'freeze' })).status).toBe(202);
  expect(await shown(id)).toMatchObject({
    outcome: 'manual',
    reason: `${job} was rejected by ann: freeze`,
    approvals: [],
  });
  const verdict = await world.call('GET', `/v1/triggers/${id}/wait`);
  expect(verdict).toMatchObject({ status: 423, json: { detail: `${job} was rejected by ann: freeze` } });
  expect((await decide(id, 'reject', tokens.approver, { job })).status).toBe(202);
  expect((await decide(id, 'approve', tokens.approver, { job })).status).toBe(422);
});

describe('is refused', () => {
  test.each<[keyof typeof tokens, number]>([
    ['starter', 403],
    ['namesake', 403],
    ['reader', 403],
    ['other', 404],
  ])('to %s: %i', async (who, status) => {
    const { id } = await waiting();
    for (const how of ['approve', 'reject'] as const)
      expect((await decide(id, how, tokens[who])).status).toBe(status);
    expect((await shown(id)).approvals).toHaveLength(1);
  });

  test('to ADMIN_TOKEN for what it started', async () => {
    const { id } = await waiting();
    const own = (await world.trigger({ project: 'group/manual', ref: 'main', manual: rules })).id;
    await eventually(async () => expect((await shown(own)).approvals).toHaveLength(1));
    expect((await world.call('POST', `/v1/triggers/${own}/approve`)).status).toBe(403);
    expect((await world.call('POST', `/v1/triggers/${id}/approve`)).status).toBe(202);
  });

  test.each<[string, object, number]>([
    ['a job that does not wait', { job: 'nothing' }, 422],
    ['a member that there is not', { jobs: ['x'] }, 400],
    ['an empty name', { job: '' }, 400],
    ['a comment of 1,001 characters', { comment: 'x'.repeat(1_001) }, 400],
  ])('for %s', async (_what, body, status) => {
    const { id } = await waiting();
    const answer = await decide(id, 'approve', tokens.approver, body);
    expect(answer.status).toBe(status);
    if (status === 422) expect(answer.json).toMatchObject({ type: '/problems/no_approval' });
  });

  test('as a play by who may not approve it', async () => {
    const { id, approvals } = await waiting();
    const job = approvals[0]?.job ?? '';
    for (const body of [{ jobs: [job] }, {}])
      expect(
        (await world.call('POST', `/v1/triggers/${id}/play`, { token: tokens.starter, body })).status,
      ).toBe(403);
    const byAdmin = await world.call('POST', `/v1/triggers/${id}/play`, { body: { jobs: [job] } });
    expect(byAdmin.status).toBe(202);
    expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
  });
});

test('a key with the role approve sees its triggers and changes nothing else', async () => {
  const { id } = await waiting();
  const as = (method: string, path: string, body?: object) =>
    world.call(method, path, { token: tokens.approver, ...(body === undefined ? {} : { body }) });
  expect((await as('GET', `/v1/triggers/${id}`)).status).toBe(200);
  expect((await as('GET', `/v1/triggers/${id}/log`)).status).toBe(200);
  for (const how of ['cancel', 'play', 'retry', 'reconcile', 'resolve'])
    expect((await as('POST', `/v1/triggers/${id}/${how}`, {})).status, how).toBe(403);
  expect((await as('POST', '/v1/triggers', { project: 'group/manual', ref: 'main' })).status).toBe(403);
});

test('is one event of the trigger', async () => {
  const { id, approvals } = await waiting();
  await decide(id, 'reject', tokens.approver);
  const events = (await world.call('GET', `/v1/triggers/${id}/events`)).text;
  const found = events.split('\n\n').filter((event) => event.includes('event: approval'));
  expect(found).toHaveLength(1);
  const data = JSON.parse(/^data: (.*)$/m.exec(found[0] ?? '')?.[1] ?? '{}') as object;
  expect(data).toMatchObject({ ...approvals[0] });
  const text = await world.call('GET', `/v1/triggers/${id}/events`, { headers: { accept: 'text/plain' } });
  expect(text.text).toContain(`approval: ${approvals[0]?.job ?? ''}\n`);
});

test('is reported to the receiver of the callback, and the outcome after it', async () => {
  const receiver = await startStubServer((response) => response.writeHead(204).end());
  const stopping = new AbortController();
  const ended = world.service.callbacks.run(stopping.signal);
  const body = {
    project: 'group/manual',
    ref: 'main',
    manual: rules,
    callbackUrl: `${receiver.url}/x?key=1`,
  };
  const { id } = (await world.call('POST', '/v1/triggers', { token: tokens.starter, body }))
    .json as TriggerView;
  await eventually(() => expect(receiver.requests).toHaveLength(1));
  await decide(id, 'approve', tokens.approver);
  await eventually(() => expect(receiver.requests).toHaveLength(2));
  const sent = receiver.requests.map(({ headers, url, body: text }) => ({
    event: headers['x-pipeline-trigger-event'],
    url,
    trigger: JSON.parse(text) as TriggerView,
  }));
  expect(sent).toMatchObject([
    { event: 'approval', url: '/x?key=1', trigger: { id, state: 'pending', approvals: [{ job: 'deploy' }] } },
    { event: 'outcome', url: '/x?key=1', trigger: { id, outcome: 'success', approvals: [] } },
  ]);
  const { items } = (await world.call('GET', '/v1/callbacks?state=all')).json as { items: object[] };
  expect(items).toMatchObject([
    { trigger: id, event: 'approval', state: 'delivered' },
    { trigger: id, event: 'outcome', state: 'delivered' },
  ]);
  stopping.abort();
  await ended;
});
