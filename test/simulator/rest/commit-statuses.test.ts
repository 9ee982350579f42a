import { describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { call, createPipeline, scenarioOf, start } from '../start.ts';

async function begin(rest: Partial<ScenarioInput> = {}, project = {}) {
  const simulator = await start(scenarioOf(project, rest));
  const pipelineId = await createPipeline(simulator);
  const { sha } = (await call(simulator, 'GET', `/projects/1/pipelines/${pipelineId}`)).body as {
    sha: string;
  };
  const post = (body: object, token = 'root-token') =>
    call(simulator, 'POST', `/projects/1/statuses/${sha}`, {
      token,
      body: { pipeline_id: pipelineId, ...body },
    });
  /** Those set from outside, the newest first. */
  const list = async (query = '?sort=desc&name=downstream') =>
    (await call(simulator, 'GET', `/projects/1/repository/commits/${sha}/statuses${query}`)).body as object[];
  return { simulator, pipelineId, sha, post, list };
}

test('a status is set, moves on, and is updated while it is open', async () => {
  const { post, list, simulator } = await begin();
  expect(await post({ state: 'pending', name: 'downstream', target_url: 'https://x.test/1' })).toMatchObject({
    status: 201,
    body: { name: 'downstream', status: 'pending', target_url: 'https://x.test/1' },
  });
  await post({ state: 'running', name: 'downstream' });
  await post({ state: 'failed', name: 'downstream', description: 'deadline' });
  expect(await list()).toMatchObject([{ status: 'failed', description: 'deadline', pipeline_id: 101 }]);
  expect(simulator.pipelines(1)[0]?.commitStatuses).toMatchObject([{ failureReason: 'api_failure' }]);
});

test('an open status holds the pipeline up, whose jobs do not wait for it', async () => {
  const { simulator, pipelineId, post } = await begin();
  await post({ state: 'running', name: 'downstream' });
  for (const job of ['build', 'test']) simulator.apply(pipelineId, 'success', [job]);
  expect(simulator.pipelines(1)[0]?.status).toBe('running');
  await post({ state: 'success', name: 'downstream' });
  expect(simulator.pipelines(1)[0]?.status).toBe('success');
});

test('it is neither among the jobs nor in the hooks', async () => {
  const { simulator, pipelineId, post } = await begin();
  await post({ state: 'running', name: 'downstream' });
  const { body } = await call(simulator, 'GET', `/projects/1/pipelines/${pipelineId}/jobs`);
  expect(JSON.stringify(body)).not.toContain('downstream');
});

test('after its end a further state makes a new status, which hides the old one', async () => {
  const { post, list } = await begin();
  for (const state of ['success', 'running']) await post({ state, name: 'downstream' });
  expect(await list()).toMatchObject([{ status: 'running' }]);
  expect(await list('?all=true&name=downstream&sort=desc')).toMatchObject([
    { status: 'running' },
    { status: 'success' },
  ]);
});

test('another user makes another status of the name', async () => {
  const { post, list } = await begin({}, { protectedBranches: [] });
  await post({ state: 'running', name: 'downstream' });
  expect((await post({ state: 'success', name: 'downstream' }, 'dev-token')).status).toBe(201);
  expect(await list('?all=true&name=downstream')).toHaveLength(2);
});

describe('what GitLab refuses', () => {
  test('the same state twice, and a step back', async () => {
    const { post } = await begin();
    await post({ state: 'running', name: 'downstream' });
    expect(await post({ state: 'running', name: 'downstream' })).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/^Cannot transition status via :run from :running/) as string },
    });
    expect(await post({ state: 'pending', name: 'downstream' })).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/via :enqueue from :running/) as string },
    });
  });

  test.for([
    [{ name: 'x' }, 400, { error: 'state is missing' }],
    [{ state: 'done' }, 400, { error: 'state does not have a valid value' }],
    [
      { state: 'success', pipeline_id: 999 },
      404,
      { message: '404 Pipeline for pipeline_id, sha and ref Not Found' },
    ],
    [
      { state: 'success', ref: 'other' },
      404,
      { message: '404 Pipeline for pipeline_id, sha and ref Not Found' },
    ],
  ] as const)('%j', async ([body, status, answer]) => {
    const { post } = await begin();
    expect(await post(body)).toMatchObject({ status, body: answer });
  });

  test('a commit that is not there', async () => {
    const { simulator } = await begin();
    const path = `/projects/1/statuses/${'0'.repeat(40)}`;
    expect(await call(simulator, 'POST', path, { body: { state: 'success' } })).toMatchObject({
      status: 404,
      body: { message: '404 Commit Not Found' },
    });
  });

  test('a user who may not push to a protected branch', async () => {
    const { post } = await begin();
    expect(await post({ state: 'success', name: 'x' }, 'dev-token')).toMatchObject({ status: 403 });
  });

  test('one more in a pipeline that is full', async () => {
    const { post } = await begin({ mostJobs: 2 });
    expect(await post({ state: 'success', name: 'x' })).toMatchObject({
      status: 422,
      body: { message: 'The number of jobs has exceeded the limit' },
    });
  });
});
