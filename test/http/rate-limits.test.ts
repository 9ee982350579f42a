import { afterAll, expect, test } from 'vitest';
import { readFixture } from '../support/hook-fixtures.ts';
import { inParallel } from '../../bench/figures.ts';
import { startService, webhookSecret } from '../support/start-service.ts';

const lines: object[] = [];
const note = (fields: object, message: string): void => void lines.push({ ...fields, message });
const world = await startService({ log: { info: note, warn: note, error: note } });
afterAll(world.stop);

let count = 0;
const hook = (token: string) =>
  world.call('POST', '/webhooks/gitlab', {
    token: null,
    body: readFixture('gitlab_docs_19_pipeline_hook'),
    headers: {
      'x-gitlab-event': 'Pipeline Hook',
      'x-gitlab-token': token,
      'webhook-id': `flood-${(count += 1)}`,
    },
  });

test('a flood of wrong secrets gets 429 with Retry-After, and a right secret is not delayed', async () => {
  expect((await world.call('GET', '/v1/triggers')).status).toBe(200);
  const statuses: number[] = [];
  await inParallel(700, 16, async () => void statuses.push((await hook('wrong')).status));
  expect(statuses.filter((status) => status === 401)).toHaveLength(600);
  expect(statuses.filter((status) => status === 429)).toHaveLength(100);

  const refused = await hook('wrong');
  expect(refused.headers.get('retry-after')).toBe('10');
  expect(refused.headers.get('connection')).toBe('close');
  expect(refused.json).toMatchObject({ type: '/problems/too_many_requests', status: 429 });
  // Callers are counted apart: they may come from the address that GitLab or a proxy has.
  expect((await world.call('GET', '/v1/triggers', { token: 'a guess' })).status).toBe(401);
  expect((await world.call('GET', '/v1/triggers')).status).toBe(200);
  expect(lines.filter((line) => 'points' in line)).toMatchObject([
    { address: '127.0.0.1', message: 'many refused hooks' },
  ]);

  expect(lines.filter((line) => 'reason' in line)).toMatchObject([
    {
      from: '127.0.0.1',
      reason: expect.stringContaining('X-Gitlab-Token') as string,
      message: 'hook refused',
    },
  ]);

  await inParallel(1_000, 32, async () => expect((await hook(webhookSecret)).status).toBe(202));
  expect((await world.call('GET', '/v1/triggers')).status).toBe(200);
  expect((await world.call('GET', '/readyz', { token: null })).status).toBe(200);
});
