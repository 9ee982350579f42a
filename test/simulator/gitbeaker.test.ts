import { Gitlab } from '@gitbeaker/rest';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { scenarioOf, start } from './start.ts';

const project = 'group/app';
const many = Object.fromEntries(
  Array.from({ length: 130 }, (_, index) => [`job ${index}`, { stage: 'build', script: 'x' }]),
);

async function startWithClient(ci?: Record<string, unknown>) {
  const simulator = await start(scenarioOf(ci === undefined ? {} : { ci }));
  return { simulator, api: clientFor(simulator) };
}

function clientFor(simulator: Simulator) {
  return new Gitlab({ host: simulator.url, token: 'root-token' });
}

/** `@gitbeaker/rest` as everybody uses it, nothing adapted. */
describe('@gitbeaker/rest', () => {
  // Loading the client takes a moment; it must not count against the first test.
  beforeAll(() => {
    new Gitlab({ host: 'http://127.0.0.1', token: 'x' });
  });

  test('shows a project by path', async () => {
    const { api } = await startWithClient();
    expect(await api.Projects.show(project)).toMatchObject({ id: 1, path_with_namespace: project });
  });

  test('creates, shows, lists, cancels and retries pipelines', async () => {
    const { api } = await startWithClient();
    const variables = [{ key: 'K', value: 'a&b=c\n', variable_type: 'env_var' as const }];
    const { id } = await api.Pipelines.create(project, 'feature/slash', { variables });
    expect(await api.Pipelines.show(project, id)).toMatchObject({ id, ref: 'feature/slash' });
    expect(await api.Pipelines.all(project, { ref: 'feature/slash' })).toMatchObject([{ id }]);
    expect(await api.Pipelines.allVariables(project, id)).toMatchObject([{ key: 'K', value: 'a&b=c\n' }]);
    expect(await api.Pipelines.cancel(project, id)).toMatchObject({ status: 'canceled' });
    expect(await api.Pipelines.retry(project, id)).toMatchObject({ status: 'running' });
  });

  test('lists more jobs than fit a page', async () => {
    const { api } = await startWithClient(many);
    const { id } = await api.Pipelines.create(project, 'main');
    const jobs = await api.Jobs.all(project, { pipelineId: id, perPage: 100 });
    expect(new Set(jobs.map((job) => job.id)).size).toBe(130);
    expect(jobs[0]).toMatchObject({ name: 'job 129', pipeline: { id } });
  });

  test('plays, reads and retries jobs', async () => {
    const { api, simulator } = await startWithClient({ deploy: { script: 'x', when: 'manual' } });
    const { id } = await api.Pipelines.create(project, 'main');
    const [job] = await api.Jobs.all(project, { pipelineId: id });
    expect(await api.Jobs.play(project, job?.id ?? 0)).toMatchObject({ status: 'pending' });
    simulator.apply(id, 'run', ['deploy']);
    expect(await api.Jobs.showLog(project, job?.id ?? 0)).toContain('deploy');
    simulator.apply(id, 'drop', ['deploy']);
    expect(await api.Jobs.retry(project, job?.id ?? 0)).toMatchObject({ name: 'deploy', status: 'pending' });
  });

  test('lists bridges', async () => {
    const { api } = await startWithClient({ child: { trigger: 'group/unknown' } });
    const { id } = await api.Pipelines.create(project, 'main');
    expect(await api.Jobs.allPipelineBridges(project, id)).toMatchObject([
      { name: 'child', status: 'failed', failure_reason: 'downstream_pipeline_creation_failed' },
    ]);
  });

  test('manages hooks', async () => {
    const { api } = await startWithClient();
    const url = 'http://127.0.0.1:9/hook';
    const added = await api.ProjectHooks.add(project, url, { pipelineEvents: true, token: 'secret' });
    expect(added).toMatchObject({
      url,
      pipeline_events: true,
      alert_status: 'executable',
      token_present: true,
    });
    expect(await api.ProjectHooks.edit(project, added.id, url, { jobEvents: true })).toMatchObject({
      pipeline_events: true,
      job_events: true,
    });
    expect(await api.ProjectHooks.all(project)).toMatchObject([{ id: added.id }]);
    expect(await api.ProjectHooks.show(project, added.id)).not.toHaveProperty('token');
    await api.ProjectHooks.remove(project, added.id);
    expect(await api.ProjectHooks.all(project)).toEqual([]);
  });

  test('shows the commit of a ref with a slash', async () => {
    const { api } = await startWithClient();
    expect(await api.Commits.show(project, 'feature/slash')).toMatchObject({ project_id: 1 });
    await expect(api.Commits.show(project, 'nope')).rejects.toMatchObject({
      cause: { description: '404 Commit Not Found', response: { status: 404 } },
    });
  });

  test('triggers with a trigger token', async () => {
    const { api, simulator } = await startWithClient();
    const pipeline = await api.PipelineTriggerTokens.trigger(project, 'main', 'trigger-token', {
      variables: { K: 'value' },
    });
    expect(pipeline).toMatchObject({ source: 'trigger', status: 'created' });
    expect(simulator.pipelines(project)).toMatchObject([{ variables: { K: 'value' } }]);
  });
});
