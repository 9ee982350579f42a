import { afterAll, describe, expect, test } from 'vitest';
import { triggerToken } from '../../support/scenario.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

async function finishedTrigger(project: string): Promise<string> {
  const { id } = await world.trigger({ project, ref: 'main' });
  await world.finished(id);
  return id;
}

const log = (id: string, query = '') => world.call('GET', `/v1/triggers/${id}/log${query}`);

const headings = (text: string) => text.split('\n').filter((line) => line.startsWith('== '));

describe('the log of a trigger', () => {
  test('is that of its jobs, in pipeline order', async () => {
    const answer = await log(await finishedTrigger('group/failing'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(headings(answer.text)).toEqual([
      '== build (build, success)',
      '== unit (test, failed)',
      '== lint (test, failed)',
    ]);
    expect(answer.text).toContain('== unit (test, failed)\nline 1\nline 2\n');
    expect(answer.text).toContain('line 30\nERROR: exit code 1\n\n== lint');
  });

  test('is that of the failed jobs if so wanted', async () => {
    const answer = await log(await finishedTrigger('group/failing'), '?failed=1');
    expect(headings(answer.text)).toEqual(['== unit (test, failed)', '== lint (test, failed)']);
  });

  test('names also jobs that have none', async () => {
    const { text } = await log(await finishedTrigger('group/manual'));
    expect(text).toContain('== deploy (deploy, manual)\n\n');
  });

  test('is empty where no job failed, or there is no pipeline', async () => {
    for (const [project, query] of [
      ['group/green', '?failed=1'],
      ['group/broken', ''],
    ] as const) {
      const answer = await log(await finishedTrigger(project), query);
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '' });
    }
  });

  test('is a problem when GitLab cannot be reached', async () => {
    const id = await finishedTrigger('group/green');
    world.simulator.faults.api.push({ kind: 'status', status: 503 });
    const answer = await log(id);
    world.simulator.faults.api.splice(0);
    expect(answer.json).toMatchObject({
      type: '/problems/gitlab_unavailable',
      status: 503,
      detail: 'GitLab answers 503',
    });
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  test('is a problem when GitLab refuses', async () => {
    const id = await finishedTrigger('group/green');
    world.simulator.faults.api.push({ kind: 'unauthorized' });
    const answer = await log(id);
    world.simulator.faults.api.splice(0);
    expect(answer.json).toMatchObject({
      type: '/problems/gitlab_refused',
      status: 422,
      detail: '401 Unauthorized',
    });
  });

  test('breaks off when it breaks off in GitLab, rather than to end as if it were whole', async () => {
    const id = await finishedTrigger('group/failing');
    world.simulator.faults.api.push({
      kind: 'status',
      status: 403,
      match: { path: /jobs\/\d+\/trace$/ },
      probability: 1,
    });
    world.simulator.faults.api.unshift({
      kind: 'slow',
      ms: 0,
      match: { path: /jobs\/\d+\/trace$/ },
      times: 1,
    });
    await expect(log(id)).rejects.toThrow();
    world.simulator.faults.api.splice(0);
  });

  test('of an unknown trigger is a problem', async () => {
    expect((await log('trg_unknown')).json).toMatchObject({ type: '/problems/not_found', status: 404 });
  });

  test('cannot be had without a token that may read', async () => {
    const other = await startService({ env: { GITLAB_TOKEN: '', GITLAB_TRIGGER_TOKEN: triggerToken } });
    try {
      const { id } = await other.trigger({ project: 'group/green', ref: 'main' });
      await other.finished(id);
      const answer = await other.call('GET', `/v1/triggers/${id}/log`);
      expect(answer.json).toMatchObject({
        type: '/problems/gitlab_refused',
        detail: 'there is no GitLab token to read logs',
      });
    } finally {
      await other.stop();
    }
  });
});
