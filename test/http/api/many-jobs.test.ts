import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobId } from '../../../src/domain/ids.ts';
import { isFinishedTrigger, verdict } from '../../../src/http/api/verdict.ts';
import { aJob, after, aRunning, read } from '../../fakes/triggers.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestService } from '../../support/start-service.ts';
import { startService, webhookSecret } from '../../support/start-service.ts';

const count = 20_000;

let service: TestService;
let id: string;
beforeAll(async () => {
  service = await startService({ hooks: false });
  ({ id } = await service.trigger({ project: 'group/app', ref: 'main' }));
  const pipelineId = await service.pipelineOf(id);
  const builds = Array.from({ length: count }, (_, index) => ({
    ...{
      id: 1_000_000 + index,
      stage: 'test',
      name: `job ${index}`,
      status: 'running',
      allow_failure: false,
    },
  }));
  const answer = await fetch(`${service.url}/webhooks/gitlab`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gitlab-token': webhookSecret },
    body: JSON.stringify({
      object_kind: 'pipeline',
      object_attributes: { id: pipelineId, status: 'running', ref: 'main' },
      project: { id: 1 },
      builds,
    }),
  });
  expect(answer.status).toBe(202);
  await eventually(async () => {
    const { json } = await service.call('GET', '/v1/triggers?view=overview');
    expect((json as { items: { jobs: unknown[] }[] }).items[0]?.jobs).not.toEqual([]);
  }, 30_000);
}, 60_000);
afterAll(() => service.stop());

test('an overview shows the first of thousands of jobs', async () => {
  const { json } = await service.call('GET', '/v1/triggers?view=overview');
  expect((json as { items: { jobs: unknown[] }[] }).items[0]?.jobs).toHaveLength(20);
});

test('a history shows the request and the newest thousand lines', async () => {
  const { json } = await service.call('GET', `/v1/triggers/${id}/history`);
  const { entries: items } = json as { entries: { kind: string; text: string }[] };
  expect(items).toHaveLength(1_001);
  expect([items[0]?.kind, items.at(-1)?.text]).toEqual(['request', expect.stringContaining('job 19999')]);
});

test('a stream has each of thousands of jobs, and its outcome at the end', async () => {
  await service.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome: 'failed', reason: 'enough' } });
  const { text } = await service.call('GET', `/v1/triggers/${id}/events`, {
    headers: { accept: 'text/plain' },
  });
  const lines = text.trimEnd().split('\n');
  const jobs = lines.filter((line) => line.startsWith('job: '));
  expect(jobs).toEqual(Array.from({ length: count }, (_, index) => `job: job ${index} running`));
  expect(lines.at(-1)).toBe('result: failed');
});

test.each([[false], [true]])(
  'a verdict names the first of thousands of failed jobs; as text: %s',
  (isText) => {
    const jobs = Array.from({ length: count }, (_, index) =>
      aJob(`job ${index}`, 'failed', {
        id: (1 + index) as JobId,
        webUrl: `https://gitlab.example.com/${index}`,
      }),
    );
    const ended = after(aRunning(), read('failed', jobs));
    if (!isFinishedTrigger(ended)) throw new Error('not finished');
    const { body } = verdict(ended, 0, { isText });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(text).toContain('job 99');
    expect(text).not.toContain('job 100');
    expect(text.length).toBeLessThan(50_000);
    if (!isText) expect((body as { detail: string }).detail).toMatch(/, job 49 and 19950 more$/);
  },
);
