import { afterAll, expect, test } from 'vitest';
import supertest from 'supertest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { serverOver } from '../../support/server-over.ts';
import { startService } from '../../support/start-service.ts';

interface AuditView {
  readonly sequence: number;
  readonly at: string;
  readonly actor: string;
  readonly from: string;
  readonly requestId: string | null;
  readonly action: string;
  readonly subject: string | null;
  readonly details: object;
}

const lines: object[] = [];
const note = (fields: object, message: string): void => void lines.push({ ...fields, message });
const world = await startService({ log: { info: note, warn: note, error: note }, hooks: false });
afterAll(world.stop);

const auditOf = async (query: string): Promise<{ items: AuditView[]; nextCursor: string | null }> =>
  (await world.call('GET', `/v1/audit?${query}`)).json as { items: AuditView[]; nextCursor: string | null };
const actionsOn = async (id: string) =>
  (await auditOf(`subject=${id}`)).items.map(({ action }) => action).reverse();

test('who started and steered a trigger, and from where, is in the log in their order', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.pipelineOf(id);
  for (const how of ['reconcile', 'retry', 'cancel'])
    expect((await world.call('POST', `/v1/triggers/${id}/${how}`)).status).toBe(202);
  // There is no such job: what was asked for is in the log, whatever became of it.
  expect((await world.call('POST', `/v1/triggers/${id}/play`, { body: { jobs: ['x'] } })).status).toBe(422);
  const resolution = { outcome: 'failed', reason: 'enough' };
  expect((await world.call('POST', `/v1/triggers/${id}/resolve`, { body: resolution })).status).toBe(202);

  const { items } = await auditOf(`subject=${id}`);
  expect(items.map(({ action, details }) => [action, details]).reverse()).toEqual([
    ['trigger.start', { project: 'group/app', ref: 'main' }],
    ['trigger.reconcile', {}],
    ['trigger.retry', {}],
    ['trigger.cancel', {}],
    ['trigger.play', { jobs: ['x'] }],
    ['trigger.resolve', resolution],
  ]);
  for (const item of items) {
    expect(item).toMatchObject({ actor: 'admin', from: '127.0.0.1', subject: id });
    expect(item.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const { actor, from, requestId, action, subject, details } = item;
    expect(requestId).toMatch(/^[\da-f-]{36}$/);
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'audit', actor, from, requestId, action, subject, details }),
    );
  }
});

test('an entry has the name of its request, as the caller gave it', async () => {
  const headers = { 'x-request-id': 'given:1' };
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' }, headers);
  const { headers: answer } = await world.call('POST', `/v1/triggers/${id}/cancel`, {
    headers: { 'x-request-id': 'given:2' },
  });
  expect(answer.get('x-request-id')).toBe('given:2');
  expect((await auditOf(`subject=${id}`)).items.map(({ requestId }) => requestId)).toEqual([
    'given:2',
    'given:1',
  ]);
});

test('a start that is asked for again is one start', async () => {
  const headers = { 'idempotency-key': 'again' };
  const request = { project: 'group/app', ref: 'main' };
  const { id } = await world.trigger(request, headers);
  expect((await world.trigger(request, headers)).id).toBe(id);
  expect(await actionsOn(id)).toEqual(['trigger.start']);
});

test('what is refused is no change', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome: 'splendid', reason: 'x' } });
  await world.call('POST', `/v1/triggers/${id}/play`, { body: { job: 'x' } });
  await world.call('POST', `/v1/triggers/${id}/cancel`, { token: 'wrong' });
  expect(await actionsOn(id)).toEqual(['trigger.start']);
});

test('the list comes in pages, by subject and by actor, for admins only', async () => {
  const page = await auditOf('limit=1&actor=admin');
  expect(page.items).toHaveLength(1);
  const next = await auditOf(`limit=1&actor=admin&cursor=${page.nextCursor ?? ''}`);
  expect(next.items[0]?.sequence).toBe(Number(page.items[0]?.sequence) - 1);
  expect((await auditOf('actor=nobody')).items).toEqual([]);
  expect((await world.call('GET', '/v1/audit?cursor=x')).status).toBe(400);
  expect((await world.call('GET', '/v1/audit?limit=201')).status).toBe(400);
  expect((await world.call('POST', '/v1/audit')).status).toBe(405);
  expect((await world.call('GET', '/v1/audit', { token: null })).status).toBe(401);
  for (const role of ['read', 'trigger'] as const) {
    const authenticate = () => Promise.resolve({ id: 'ci', role, projects: null });
    await supertest(serverOver(world, { authenticate })).get('/v1/audit').expect(403);
  }
});

test('nothing secret that a request brought is in it', async () => {
  const { id } = (await world.trigger({
    project: 'group/app',
    ref: 'main',
    variables: { PASSWORD: 'canary-variable' },
    apiToken: 'canary-token',
  })) satisfies TriggerView;
  expect(JSON.stringify((await auditOf(`subject=${id}`)).items)).not.toContain('canary');
});
