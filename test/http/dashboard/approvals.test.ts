import { afterAll, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import type { Role } from '../../../src/domain/access/caller.ts';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

const operator = { id: 'operator@cli', from: 'test' };
const keyOf = async (name: string, role: Role): Promise<string> =>
  (await world.service.keys.create({ name, role, projects: null, days: null }, operator)).secret;
const approver = await keyOf('ann', 'approve');
const reader = await keyOf('eve', 'read');

const shown = async (id: string): Promise<TriggerView> =>
  (await world.call('GET', `/v1/triggers/${id}`)).json as TriggerView;

/** A trigger of ADMIN_TOKEN that waits for an approval. */
async function waiting(): Promise<string> {
  const manual = [{ job: 'deploy', action: 'approve' }];
  const { id } = await world.trigger({ project: 'group/manual', ref: 'main', manual });
  await eventually(async () => expect((await shown(id)).approvals).toHaveLength(1));
  return id;
}

const page = async (id: string, token: string): Promise<string> =>
  (await world.call('GET', `/triggers/${id}`, { token })).text;

const submit = (id: string, how: string, token: string, fields: Readonly<Record<string, string>>) =>
  world.call('POST', `/triggers/${id}/${how}`, {
    token,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields).toString(),
  });

test('a key with the role approve sees the buttons, and no others', async () => {
  const text = await page(await waiting(), approver);
  expect(text).toContain('/approve"');
  expect(text).toContain('/reject"');
  expect(text).not.toMatch(/\/(?:cancel|play|retry|reconcile|resolve)"/);
});

test('those who may not approve see why not', async () => {
  const id = await waiting();
  const text = await page(id, reader);
  expect(text).toContain('it takes the role approve');
  expect(text).not.toContain('/approve"');
});

test('the list says that an approval is waited for', async () => {
  await waiting();
  expect((await world.call('GET', '/', { token: approver })).text).toContain('to be approved');
});

test('approves with a comment', async () => {
  const id = await waiting();
  expect((await submit(id, 'approve', approver, { job: 'deploy', comment: 'tested' })).status).toBe(303);
  expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
});

test('rejects with a comment', async () => {
  const id = await waiting();
  await submit(id, 'reject', approver, { job: 'deploy', comment: 'freeze' });
  expect(await shown(id)).toMatchObject({ outcome: 'manual', reason: 'deploy was rejected by ann: freeze' });
});

test('refuses those who may not', async () => {
  const id = await waiting();
  await submit(id, 'approve', reader, { job: 'deploy' });
  expect((await shown(id)).approvals).toHaveLength(1);
});
