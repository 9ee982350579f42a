import { describe, expect, test } from 'vitest';
import { call, createPipeline, scenarioOf, start } from '../start.ts';

const trigger = '/projects/1/trigger/pipeline';
const anonymous = { token: null };

describe('triggering with a token', () => {
  test('answers with the whole pipeline', async () => {
    const simulator = await start();
    const answer = await call(simulator, 'POST', trigger, {
      ...anonymous,
      body: { ref: 'main', token: 'trigger-token', variables: { K: 'a&b=c\nü' }, inputs: { env: 'prod' } },
    });
    expect(answer.status).toBe(201);
    const { id } = answer.body as { id: number };
    expect(answer.body).toMatchObject({
      iid: 1,
      project_id: 1,
      ref: 'main',
      status: 'created',
      source: 'trigger',
      tag: false,
      yaml_errors: null,
      web_url: `${simulator.url}/group/app/-/pipelines/${id}`,
      detailed_status: { text: 'Created', group: 'created' },
    });
    expect(simulator.pipeline(id)).toMatchObject({ variables: { K: 'a&b=c\nü' }, inputs: { env: 'prod' } });
  });

  test('takes a form as Python sends it, a form as curl sends it, and the query', async () => {
    const simulator = await start();
    const values = {
      token: 'trigger-token',
      ref: 'feature/slash',
      'variables[K]': 'a&b=ü[x]',
      'variables[E]': '',
    };
    const multipart = new FormData();
    for (const [key, value] of Object.entries(values)) multipart.set(key, value);
    const form = new URLSearchParams(values);
    form.set('variables[LINES]', '1\n2');
    await call(simulator, 'POST', trigger, { ...anonymous, body: form });
    await call(simulator, 'POST', trigger, { ...anonymous, body: multipart });
    await call(simulator, 'POST', `${trigger}?${new URLSearchParams(values).toString()}`, anonymous);
    expect(simulator.pipelines('group/app')).toMatchObject([
      { ref: 'feature/slash', variables: { K: 'a&b=ü[x]', E: '', LINES: '1\n2' } },
      { ref: 'feature/slash', variables: { K: 'a&b=ü[x]', E: '' } },
      { ref: 'feature/slash', variables: { K: 'a&b=ü[x]', E: '' } },
    ]);
  });

  test('has a second address with the ref in it', async () => {
    const simulator = await start();
    const path = '/projects/group%2Fapp/ref/feature%2Fslash/trigger/pipeline?token=trigger-token';
    expect((await call(simulator, 'POST', path, anonymous)).status).toBe(201);
    expect(simulator.pipelines(1)[0]?.ref).toBe('feature/slash');
  });

  test.each([
    ['no ref', { token: 'trigger-token' }, 400, { error: 'ref is missing' }],
    ['no token', { ref: 'main' }, 400, { error: 'token is missing' }],
    ['a wrong token', { ref: 'main', token: 'x' }, 404, { message: '404 Not Found' }],
    ['an ended job token', { ref: 'main', token: 'glcbt-x' }, 401, { message: '401 Unauthorized' }],
    [
      'an unknown ref',
      { ref: 'nope', token: 'trigger-token' },
      400,
      { message: { base: ['Reference not found'] } },
    ],
    [
      'variables that are no map',
      { ref: 'main', token: 'trigger-token', variables: { A: 1 } },
      400,
      { message: '400 Bad request - variables needs to be a map of key-valued strings' },
    ],
  ])('refuses %s', async (_, body, status, error) => {
    const answer = await call(await start(), 'POST', trigger, { ...anonymous, body });
    expect(answer).toMatchObject({ status, body: error });
  });

  test('refuses an unknown project as it refuses an unknown token', async () => {
    const body = { ref: 'main', token: 'trigger-token' };
    const answer = await call(await start(), 'POST', '/projects/9/trigger/pipeline', { ...anonymous, body });
    expect(answer).toMatchObject({ status: 404, body: { message: '404 Not Found' } });
  });

  test('refuses to be the receiver of a pipeline hook', async () => {
    const headers = { 'X-Gitlab-Event': 'Pipeline Hook' };
    const body = { ref: 'main', token: 'trigger-token' };
    const answer = await call(await start(), 'POST', trigger, { ...anonymous, headers, body });
    expect(answer).toMatchObject({ status: 403, body: { message: '403 Forbidden' } });
  });

  test('refuses variables where the project forbids them', async () => {
    const simulator = await start(scenarioOf({ refusesPipelineVariables: true }));
    const body = { ref: 'main', token: 'trigger-token', variables: { K: 'v' } };
    expect(await call(simulator, 'POST', trigger, { ...anonymous, body })).toMatchObject({
      status: 400,
      body: { message: { base: ['Insufficient permissions to set pipeline variables'] } },
    });
    const without = { ref: 'main', token: 'trigger-token' };
    expect((await call(simulator, 'POST', trigger, { ...anonymous, body: without })).status).toBe(201);
  });

  test('with a CI_JOB_TOKEN links the upstream pipeline', async () => {
    const simulator = await start();
    const upstream = await createPipeline(simulator);
    const { jobs } = simulator.apply(upstream, 'run', ['build']);
    const body = { ref: 'main', token: jobs[0]?.token };
    const answer = await call(simulator, 'POST', trigger, { ...anonymous, body });
    expect(answer).toMatchObject({ status: 201, body: { source: 'pipeline' } });
    simulator.apply(upstream, 'success', ['build']);
    expect((await call(simulator, 'POST', trigger, { ...anonymous, body })).status).toBe(401);
  });
});

describe('a broken configuration', () => {
  const broken = { ci: 'a: {stage: nowhere, script: x}' };
  const body = { ref: 'main', token: 'trigger-token' };
  const error = expect.stringContaining('a job: chosen stage nowhere does not exist') as string;

  test('is a 422 in newer GitLab, and a failed pipeline stays', async () => {
    const simulator = await start(scenarioOf(broken));
    const answer = await call(simulator, 'POST', trigger, { ...anonymous, body });
    expect(answer).toMatchObject({ status: 422, body: { message: { base: [error] } } });
    expect(simulator.pipelines(1)).toMatchObject([{ status: 'failed', yamlErrors: error }]);
  });

  test('is a 201 with a failed pipeline in older GitLab', async () => {
    const simulator = await start(scenarioOf(broken, { configErrorAnswers: '201' }));
    const answer = await call(simulator, 'POST', trigger, { ...anonymous, body });
    expect(answer).toMatchObject({ status: 201, body: { status: 'failed', yaml_errors: error } });
  });

  test('is a 400 for a new pipeline by API, and nothing stays', async () => {
    const simulator = await start(scenarioOf(broken));
    const answer = await call(simulator, 'POST', '/projects/1/pipeline', { body: { ref: 'main' } });
    expect(answer).toMatchObject({ status: 400, body: { message: { base: [error] } } });
    expect(simulator.pipelines(1)).toEqual([]);
  });
});
