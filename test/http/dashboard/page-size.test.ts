import { afterAll, describe, expect, test } from 'vitest';
import type { DeliveryId, JobId, TriggerId } from '../../../src/domain/ids.ts';
import type { Job } from '../../../src/domain/trigger/job.ts';
import { noSecrets } from '../../contracts/store-contract.ts';
import { aRunning, aTrigger, after, read, start } from '../../fakes/triggers.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService({ hooks: false });
afterAll(world.stop);
const { triggers, inbox } = world.service.store;

/** Each of its characters takes six bytes in a page. */
const name = '"'.repeat(255);
const longest = 100_000;

const pageOf = async (path: string): Promise<string> => {
  const { status, text } = await world.call('GET', path, { headers: { accept: 'text/html' } });
  expect([path, status]).toEqual([path, 200]);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(longest);
  return text;
};

const jobs = (count: number, status: string): readonly Job[] =>
  Array.from({ length: count }, (_, at) => ({
    id: (at + 1) as JobId,
    name: `${name.slice(0, 250)}${at}`,
    stage: `${name.slice(0, 250)}${at}`,
    status,
    allowFailure: at > 0,
    failureReason: name,
    webUrl: `https://gitlab.example.com/${'x'.repeat(200)}/${at}`,
  }));

async function keep(id: string, status: string, jobCount: number): Promise<string> {
  const manual = Array.from({ length: 200 }, () => ({ job: name, stage: name, action: 'play' as const }));
  const request = { project: `group/${name}`, ref: '"'.repeat(9_000), manual };
  const trigger = aTrigger(request, { id });
  await triggers.create(trigger, noSecrets, null);
  const running = { ...aRunning(request, { jobs: jobs(jobCount, status) }), id: id as TriggerId };
  const failed = jobs(5, status).map((job) => ({ ...job, traceTail: '"'.repeat(4_000) }));
  const ended = after(aRunning(request), read('failed'));
  const next = {
    ...ended,
    jobs: running.jobs,
    state: ended.state.kind === 'finished' ? { ...ended.state, failedJobs: failed } : ended.state,
  };
  await triggers.commit({ ...(status === 'failed' ? next : running), id: id as TriggerId }, 1, []);
  return id;
}

describe('a page is at most 100 KB', () => {
  test.each(['manual', 'failed', 'success'])('of a trigger with thousands of %s jobs', async (status) => {
    const id = await keep(`trg_${status}`, status, 9_000);
    const text = await pageOf(`/triggers/${id}?timeline=all`);
    expect(text.includes('more, which GitLab shows')).toBe(true);
    expect(text.includes('id="timeline"')).toBe(true);
  });

  test('of a trigger with some jobs of usual names: all of them are shown', async () => {
    const id = 'trg_usual';
    await triggers.create(aTrigger({}, { id }), noSecrets, null);
    const usual = jobs(100, 'success').map((job) => ({
      ...job,
      name: `unit ${job.id}`,
      stage: 'test',
      failureReason: null,
      webUrl: `https://gitlab.example.com/group/app/-/jobs/${job.id}`,
    }));
    await triggers.commit({ ...aRunning({}, { jobs: usual }), id: id as TriggerId }, 1, []);
    const text = await pageOf(`/triggers/${id}`);
    expect(usual.filter(({ name: shown }) => !text.includes(`>${shown}<`))).toEqual([]);
  });

  test('of a list of pipelines with four stages: all rows are shown', async () => {
    const staged = jobs(12, 'success').map((job) => ({
      ...job,
      name: `job ${job.id}`,
      stage: `a usual stage ${job.id % 4}`,
      failureReason: null,
    }));
    const request = { project: 'group/subgroup/application-of-ours', ref: 'feature/of-usual-length' };
    for (let count = 0; count < 50; count += 1) {
      const id = `trg_${'0'.repeat(30)}${String(count).padStart(2, '0')}`;
      await triggers.create(aTrigger(request, { id, at: Date.now() }), noSecrets, null);
      await triggers.commit(
        { ...aRunning(request, { jobs: staged }), id: id as TriggerId, createdAt: Date.now() },
        1,
        [],
      );
    }
    const text = await pageOf(`/?state=all&project=${encodeURIComponent(request.project)}`);
    expect(text.match(/id="row-/g)?.length).toBe(50);
  });

  test('of a list of triggers with the longest names', async () => {
    for (let count = 0; count < 60; count += 1) await keep(`trg_${String(count)}`, 'failed', 5);
    const text = await pageOf('/?state=all');
    expect(text.match(/id="row-/g)?.length).toBe(50);
  });

  test('of a delivery with a body of megabytes', async () => {
    const id = 'dlv_00000000000000000000000000000001' as DeliveryId;
    await inbox.add({
      id,
      receivedAt: start,
      event: 'Pipeline Hook',
      instance: null,
      userAgent: name.repeat(20),
      credential: { kind: 'shared' },
      payload: { kind: 'unreadable', reason: 'x', pipelineId: null, projects: [] },
      body: JSON.stringify({ text: '"'.repeat(2_000_000) }),
    });
    expect((await pageOf(`/deliveries/${id}`)).includes('The API gives all of it')).toBe(true);
    await pageOf('/deliveries');
  });

  test('of many keys, and of the audit log of their making', async () => {
    for (let count = 0; count < 60; count += 1)
      await world.service.keys.create(
        {
          name: `key-${count}`,
          role: 'trigger',
          projects: Array.from({ length: 50 }, () => 'group/app'),
          days: null,
        },
        { id: 'operator@cli', from: 'test' },
      );
    expect((await pageOf('/keys')).includes('and 10 older ones')).toBe(true);
    await pageOf('/audit');
  });
});
