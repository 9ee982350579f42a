import { expect, test } from 'vitest';
import type { Simulator } from '../../../simulator/simulator.ts';
import { call, createPipeline, scenarioOf, start } from '../start.ts';

const script = 'true';
const scenario = scenarioOf({
  ci: {
    build: { stage: 'build', script },
    deploy: { stage: 'deploy', script, when: 'manual', environment: 'staging' },
    production: { stage: 'deploy', script, when: 'manual', environment: 'production' },
  },
  protectedBranches: [{ name: 'main', allowedToMerge: 'developer' }],
  protectedEnvironments: ['production'],
  jobs: { build: { trace: 'line 1\nline 2\n' } },
});

function idOf(simulator: Simulator, pipeline: number, name: string): number {
  return simulator.pipeline(pipeline).jobs.findLast((job) => job.name === name)?.id ?? 0;
}

const unplayable = { status: 400, body: { message: '400 Bad request - Unplayable Job' } };

test('play runs a manual job once, and a finished one again as a new job', async () => {
  const simulator = await start(scenario);
  const pipeline = await createPipeline(simulator);
  const id = idOf(simulator, pipeline, 'deploy');
  const play = (): ReturnType<typeof call> =>
    call(simulator, 'POST', `/projects/1/jobs/${id}/play`, {
      token: 'dev-token',
      body: { job_variables_attributes: [{ key: 'K', value: 'v' }] },
    });
  expect(await play()).toMatchObject(unplayable);
  simulator.apply(pipeline, 'success', ['build']);
  expect(await play()).toMatchObject({
    status: 200,
    body: { id, status: 'pending', user: { username: 'dev' }, pipeline: { id: pipeline } },
  });
  expect(simulator.pipeline(pipeline).jobs[1]?.variables).toEqual({ K: 'v' });
  expect(await play()).toMatchObject(unplayable);
  simulator.apply(pipeline, 'success', ['deploy']);
  const again = await play();
  expect(again).toMatchObject({ status: 200, body: { status: 'pending' } });
  expect((again.body as { id: number }).id).not.toBe(id);
});

test('play with variables is forbidden where the project forbids them, once the job can be played', async () => {
  const projects = scenario.projects.map((project) => ({ ...project, refusesPipelineVariables: true }));
  const simulator = await start({ ...scenario, projects });
  const pipeline = await createPipeline(simulator);
  const path = `/projects/1/jobs/${idOf(simulator, pipeline, 'deploy')}/play`;
  const play = (variables: readonly object[]): ReturnType<typeof call> =>
    call(simulator, 'POST', path, { body: { job_variables_attributes: variables } });
  expect(await play([{ key: 'K', value: 'v' }])).toMatchObject(unplayable);
  simulator.apply(pipeline, 'success', ['build']);
  expect(await play([{ key: 'K', value: 'v' }])).toMatchObject({ status: 403 });
  expect(await play([])).toMatchObject({ status: 200 });
});

test('play of a protected environment is forbidden', async () => {
  const simulator = await start(scenario);
  const pipeline = await createPipeline(simulator);
  simulator.apply(pipeline, 'success', ['build']);
  const path = `/projects/1/jobs/${idOf(simulator, pipeline, 'production')}/play`;
  expect(await call(simulator, 'POST', path)).toMatchObject({
    status: 403,
    body: { message: '403 Forbidden' },
  });
});

test('retry makes a new job; the old one shows only when asked for', async () => {
  const simulator = await start(scenario);
  const pipeline = await createPipeline(simulator);
  const id = idOf(simulator, pipeline, 'build');
  const retry = (): ReturnType<typeof call> => call(simulator, 'POST', `/projects/1/jobs/${id}/retry`);
  expect(await retry()).toMatchObject({
    status: 403,
    body: { message: '403 Forbidden - Job is not retryable' },
  });
  simulator.apply(pipeline, 'drop', ['build']);
  expect((await call(simulator, 'GET', `/projects/1/jobs/${id}`)).body).toMatchObject({
    status: 'failed',
    failure_reason: 'script_failure',
    allow_failure: false,
    web_url: `${simulator.url}/group/app/-/jobs/${id}`,
  });
  expect(await retry()).toMatchObject({ status: 201, body: { name: 'build', status: 'pending' } });
  const names = async (query: string): Promise<string[]> => {
    const { body } = await call(simulator, 'GET', `/projects/1/pipelines/${pipeline}/jobs?${query}`);
    return (body as { name: string }[]).map(({ name }) => name);
  };
  expect(await names('')).toEqual(['build', 'production', 'deploy']);
  expect(await names('include_retried=true')).toEqual(['build', 'production', 'deploy', 'build']);
  expect(await names('scope[]=pending&scope[]=failed')).toEqual(['build']);
  expect((await call(simulator, 'GET', `/projects/1/pipelines/${pipeline}/jobs?scope=odd`)).status).toBe(400);
});

test('the trace is text, and empty before the job has started', async () => {
  const simulator = await start(scenario);
  const pipeline = await createPipeline(simulator);
  const path = `/projects/1/jobs/${idOf(simulator, pipeline, 'build')}/trace`;
  expect(await call(simulator, 'GET', path)).toMatchObject({ status: 200, body: '' });
  simulator.apply(pipeline, 'run', ['build']);
  const trace = await call(simulator, 'GET', path);
  expect(trace.body).toBe('line 1\nline 2\n');
  expect(trace.headers.get('content-type')).toContain('text/plain');
  expect((await call(simulator, 'GET', '/projects/1/jobs/1/trace')).status).toBe(404);
});

test('cancel of a job', async () => {
  const simulator = await start(scenario);
  const pipeline = await createPipeline(simulator);
  const path = `/projects/1/jobs/${idOf(simulator, pipeline, 'build')}/cancel`;
  expect(await call(simulator, 'POST', path)).toMatchObject({ status: 201, body: { status: 'canceled' } });
});

test('bridges are not among the jobs', async () => {
  const trigger = { include: 'child.yml', strategy: 'depend' };
  const ci = { a: { script }, child: { trigger } };
  const simulator = await start(scenarioOf({ ci, includes: { 'child.yml': { b: { script } } } }));
  const pipeline = await createPipeline(simulator);
  const at = `/projects/1/pipelines/${pipeline}`;
  expect((await call(simulator, 'GET', `${at}/jobs`)).body).toMatchObject([{ name: 'a' }]);
  const bridges = [{ name: 'child', status: 'running', downstream_pipeline: { source: 'parent_pipeline' } }];
  expect((await call(simulator, 'GET', `${at}/bridges`)).body).toMatchObject(bridges);
  expect((await call(simulator, 'GET', `${at}/trigger_jobs`)).body).toMatchObject(bridges);
});

test('an older GitLab does not know trigger_jobs', async () => {
  const simulator = await start(scenarioOf({}, { knowsTriggerJobs: false }));
  const pipeline = await createPipeline(simulator);
  expect((await call(simulator, 'GET', `/projects/1/pipelines/${pipeline}/trigger_jobs`)).status).toBe(404);
});
