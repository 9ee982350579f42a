import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { startReceiver } from './hooks/receiver.ts';
import type { Answer } from './start.ts';
import { call, createPipeline, scenarioOf, start } from './start.ts';

type Query = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/**
 * One request as python-gitlab sends it. `requests` writes booleans of a query as `True` and `False` and repeats lists;
 * every POST and PUT has a JSON body, `{}` if there is nothing to say. Source: python-gitlab gitlab/client.py
 */
function python(
  simulator: Simulator,
  method: string,
  path: string,
  { query = {}, body = {} }: { query?: Query; body?: object } = {},
): Promise<Answer> {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? (value as string[]) : [value];
    for (const each of values) parameters.append(key, textOf(each));
  }
  const search = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  const hasBody = method === 'POST' || method === 'PUT';
  return call(simulator, method, `${path}${search}`, hasBody ? { body } : {});
}

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

const retried = { ci: { a: { script: 'x', retry: 1 }, b: { script: 'x' } } };

test.each([
  [true, 3],
  ['true', 3],
  ['1', 3],
  ['t', 3],
  [false, 2],
  ['false', 2],
  ['0', 2],
])('pipeline.jobs.list(include_retried=%s) lists %i jobs', async (value, count) => {
  const simulator = await start(scenarioOf(retried));
  const id = await createPipeline(simulator);
  simulator.apply(id, 'run', ['a']);
  simulator.apply(id, 'drop', ['a']);
  const query = { include_retried: value };
  const { body } = await python(simulator, 'GET', `/projects/1/pipelines/${id}/jobs`, { query });
  expect(body).toHaveLength(count);
});

test('a switch that is neither on nor off is refused', async () => {
  const simulator = await start();
  const id = await createPipeline(simulator);
  const query = { include_retried: 'perhaps' };
  expect(await python(simulator, 'GET', `/projects/1/pipelines/${id}/jobs`, { query })).toMatchObject({
    status: 400,
    body: { error: 'include_retried is invalid' },
  });
});

test('pipeline.jobs.list(scope=[...]) takes several statuses', async () => {
  const simulator = await start(scenarioOf({ ci: { a: { script: 'x' }, b: { script: 'x' } } }));
  const id = await createPipeline(simulator);
  simulator.apply(id, 'run', ['a']);
  const query = { 'scope[]': ['pending', 'running'] };
  expect((await python(simulator, 'GET', `/projects/1/pipelines/${id}/jobs`, { query })).body).toHaveLength(
    2,
  );
});

test('project.pipelines.create answers created, and the pipeline is pending right after', async () => {
  const simulator = await start();
  const body = { ref: 'main', variables: [{ key: 'K', value: 'v' }] };
  const created = await python(simulator, 'POST', '/projects/1/pipeline', { body });
  expect(created).toMatchObject({ status: 201, body: { status: 'created', started_at: null } });
  const path = `/projects/1/pipelines/${(created.body as { id: number }).id}`;
  expect((await python(simulator, 'GET', path)).body).toMatchObject({ status: 'pending' });
  const jobs = await python(simulator, 'GET', `${path}/jobs`);
  expect(jobs.body).toMatchObject([{ status: 'created' }, { status: 'pending' }]);
});

test('project.trigger_pipeline sends maps of variables and inputs, also empty ones', async () => {
  const simulator = await start();
  const path = '/projects/group%2Fapp/trigger/pipeline';
  for (const variables of [{ K: 'a&b=c' }, {}]) {
    const body = { ref: 'main', token: 'trigger-token', variables, inputs: {} };
    const answer = await python(simulator, 'POST', path, { body });
    expect(answer).toMatchObject({ status: 201, body: { source: 'trigger', status: 'created' } });
  }
  expect(simulator.pipelines(1)).toMatchObject([{ variables: { K: 'a&b=c' } }, { variables: {} }]);
});

test('project.triggers creates a token that triggers, shows it to its owner alone, and deletes it', async () => {
  const users = [
    { username: 'root', token: 'root-token', admin: true },
    { username: 'other', token: 'other-token', roles: { group: 'maintainer' as const } },
  ];
  const simulator = await start(scenarioOf({}, { users }));
  const path = '/projects/1/triggers';
  const created = await python(simulator, 'POST', path, { body: { description: 'from python' } });
  expect(created).toMatchObject({
    status: 201,
    body: {
      token: expect.stringMatching(/^glptt-\w{32}$/) as string,
      owner: { username: 'root' },
      last_used: null,
    },
  });
  const { id, token } = created.body as { id: number; token: string };
  const body = { ref: 'main', token };
  const trigger = (): Promise<Answer> => python(simulator, 'POST', '/projects/1/trigger/pipeline', { body });
  expect((await trigger()).status).toBe(201);
  const shown = await call(simulator, 'GET', `${path}/${id}`, { token: 'other-token' });
  expect(shown.body).toMatchObject({ token: 'glpt', last_used: expect.any(String) as string });
  const changed = await python(simulator, 'PUT', `${path}/${id}`, { body: { description: 'renamed' } });
  expect(changed).toMatchObject({ status: 200, body: { description: 'renamed' } });
  expect((await python(simulator, 'GET', path)).body).toMatchObject([{ token: 'trigger-token' }, { id }]);
  expect((await python(simulator, 'DELETE', `${path}/${id}`)).status).toBe(204);
  expect((await trigger()).status).toBe(404);
  expect((await python(simulator, 'GET', `${path}/${id}`)).status).toBe(404);
  expect((await python(simulator, 'POST', path)).body).toEqual({ error: 'description is missing' });
});

test('project.variables creates, lists, gets, updates and deletes, and rules see them', async () => {
  const ci = { always: { script: 'x' }, optional: { script: 'x', rules: [{ if: '$EXTRA == "yes"' }] } };
  const simulator = await start(scenarioOf({ ci }));
  const path = '/projects/1/variables';
  const jobsOf = async (): Promise<string[]> =>
    simulator.pipeline(await createPipeline(simulator)).jobs.map(({ name }) => name);
  expect(await jobsOf()).toEqual(['always']);
  const created = await python(simulator, 'POST', path, {
    body: { key: 'EXTRA', value: 'yes', protected: true },
  });
  expect(created).toMatchObject({
    status: 201,
    body: { key: 'EXTRA', value: 'yes', variable_type: 'env_var', protected: true, environment_scope: '*' },
  });
  expect(await jobsOf()).toEqual(['always', 'optional']);
  const unprotected = await python(simulator, 'POST', '/projects/1/pipeline', {
    body: { ref: 'feature/slash' },
  });
  expect(simulator.pipeline((unprotected.body as { id: number }).id).jobs).toMatchObject([
    { name: 'always' },
  ]);
  const update = await python(simulator, 'PUT', `${path}/EXTRA`, { body: { value: 'no' } });
  expect(update).toMatchObject({ status: 200, body: { value: 'no', protected: true } });
  expect((await python(simulator, 'GET', path)).body).toMatchObject([{ key: 'EXTRA', value: 'no' }]);
  expect(await python(simulator, 'POST', path, { body: { key: 'EXTRA', value: '' } })).toMatchObject({
    status: 400,
    body: { message: { key: ['(EXTRA) has already been taken'] } },
  });
  expect((await python(simulator, 'DELETE', `${path}/EXTRA`)).status).toBe(204);
  expect(await python(simulator, 'GET', `${path}/EXTRA`)).toMatchObject({
    status: 404,
    body: { message: '404 Variable Not Found' },
  });
});

test.each([
  ['no key', { value: 'v' }, { error: 'key is missing' }],
  [
    'a key with a dash',
    { key: 'A-B', value: 'v' },
    { message: { key: [expect.stringContaining('letters')] } },
  ],
  ['an unknown type', { key: 'A', value: 'v', variable_type: 'x' }, { error: 'variable_type is invalid' }],
])('project.variables.create refuses %s', async (_, body, answer) => {
  const simulator = await start();
  const refused = await python(simulator, 'POST', '/projects/1/variables', { body });
  expect(refused).toMatchObject({ status: 400, body: answer });
});

test('project.variables.get(filter={...}) finds one of several with the same key', async () => {
  const simulator = await start();
  const path = '/projects/1/variables';
  for (const environment_scope of ['*', 'production'])
    await python(simulator, 'POST', path, {
      body: { key: 'K', value: environment_scope, environment_scope },
    });
  expect((await python(simulator, 'GET', `${path}/K`)).status).toBe(409);
  const query = { 'filter[environment_scope]': 'production' };
  expect((await python(simulator, 'GET', `${path}/K`, { query })).body).toMatchObject({
    value: 'production',
  });
  await python(simulator, 'PUT', `${path}/K`, { query, body: { value: 'new' } });
  expect((await python(simulator, 'GET', path)).body).toMatchObject([{ value: '*' }, { value: 'new' }]);
});

test('project.environments lists and gets what jobs have named', async () => {
  const ci = {
    a: { script: 'x', environment: 'staging' },
    b: { script: 'x', environment: { name: 'production' } },
  };
  const simulator = await start(scenarioOf({ ci }));
  const path = '/projects/1/environments';
  expect((await python(simulator, 'GET', path)).body).toEqual([]);
  await createPipeline(simulator);
  await createPipeline(simulator);
  const listed = await python(simulator, 'GET', path, { query: { states: 'available' } });
  expect(listed.body).toMatchObject([
    { name: 'production', tier: 'production', state: 'available' },
    { name: 'staging', tier: 'staging' },
  ]);
  const [production] = listed.body as { id: number }[];
  expect((await python(simulator, 'GET', `${path}/${production?.id ?? 0}`)).body).toMatchObject({
    name: 'production',
    last_deployment: null,
  });
  expect((await python(simulator, 'GET', path, { query: { name: 'staging' } })).body).toHaveLength(1);
  expect((await python(simulator, 'GET', `${path}/99`)).status).toBe(404);
});

test('commit.statuses lists the jobs of the commit', async () => {
  const simulator = await start();
  const id = await createPipeline(simulator);
  const commit = await python(simulator, 'GET', '/projects/1/repository/commits/main');
  const path = `/projects/1/repository/commits/${(commit.body as { id: string }).id}/statuses`;
  expect((await python(simulator, 'GET', path)).body).toMatchObject([
    { name: 'build', status: 'pending', pipeline_id: id, author: { username: 'root' } },
    { name: 'test', status: 'created' },
  ]);
  expect((await python(simulator, 'GET', path, { query: { name: 'test' } })).body).toHaveLength(1);
  expect((await python(simulator, 'GET', '/projects/1/repository/commits/nope/statuses')).status).toBe(404);
});

test('groups lists, gets by path and by number, and shows subgroups and projects', async () => {
  const simulator = await start(scenarioOf({}, { projects: [{ id: 2, path: 'group/sub/deep' }] }));
  expect((await python(simulator, 'GET', '/groups')).body).toMatchObject([
    { id: 1, full_path: 'group', parent_id: null },
    { id: 2, full_path: 'group/sub', full_name: 'group / sub', path: 'sub', parent_id: 1 },
  ]);
  const byPath = await python(simulator, 'GET', '/groups/group%2Fsub');
  expect(byPath).toMatchObject({ status: 200, body: { id: 2, projects: [{ id: 2 }] } });
  expect((await python(simulator, 'GET', '/groups/2')).body).toEqual(byPath.body);
  expect((await python(simulator, 'GET', '/groups/1/subgroups')).body).toMatchObject([{ id: 2 }]);
  const deep = { include_subgroups: true };
  expect((await python(simulator, 'GET', '/groups/1/projects', { query: deep })).body).toHaveLength(2);
  expect((await python(simulator, 'GET', '/groups/1/projects')).body).toMatchObject([
    { id: 1, namespace: { id: 1, full_path: 'group' } },
  ]);
  expect((await python(simulator, 'GET', '/groups/9')).status).toBe(404);
});

test.each(['/projects/1/hooks', '/groups/group/hooks'])(
  '%s is created, saved, tested and deleted',
  async (path) => {
    const receiver = await startReceiver();
    const simulator = await start(scenarioOf({}, { groupHooks: [] }));
    const settings = {
      url: receiver.url,
      pipeline_events: true,
      push_events: false,
      enable_ssl_verification: false,
    };
    const created = await python(simulator, 'POST', path, { body: settings });
    expect(created).toMatchObject({ status: 201, body: settings });
    const one = `${path}/${(created.body as { id: number }).id}`;
    const saved = await python(simulator, 'PUT', one, { body: { url: receiver.url, job_events: true } });
    expect(saved.body).toMatchObject({ pipeline_events: true, job_events: true });
    expect((await python(simulator, 'POST', `${one}/test/push_events`)).status).toBe(201);
    expect((await python(simulator, 'GET', `${one}/events`)).body).toMatchObject([
      { response_status: '200' },
    ]);
    expect((await python(simulator, 'DELETE', one)).status).toBe(204);
    expect((await python(simulator, 'GET', path)).body).toEqual([]);
  },
);

test('a hook takes switches as a form sends them', async () => {
  const simulator = await start();
  const body = new URLSearchParams({ url: 'http://127.0.0.1:9/', pipeline_events: 'True', push_events: '0' });
  const created = await call(simulator, 'POST', '/projects/1/hooks', { body });
  expect(created).toMatchObject({ status: 201, body: { pipeline_events: true, push_events: false } });
});

test('list(iterator=True) follows the links of the pages', async () => {
  const names = Array.from({ length: 5 }, (_, index) => `job ${index}`);
  const ci = Object.fromEntries(names.map((name) => [name, { script: 'x' }]));
  const simulator = await start(scenarioOf({ ci }));
  const id = await createPipeline(simulator);
  const query = { per_page: 2, include_retried: true };
  const first = await python(simulator, 'GET', `/projects/1/pipelines/${id}/jobs`, { query });
  expect(Object.fromEntries(first.headers)).toMatchObject({
    'x-page': '1',
    'x-per-page': '2',
    'x-next-page': '2',
    'x-prev-page': '',
    'x-total': '5',
    'x-total-pages': '3',
  });
  const listed = [...(first.body as { name: string }[])];
  let next = linkOf(first);
  for (; next !== undefined;) {
    const response = await fetch(next, { headers: { 'PRIVATE-TOKEN': 'root-token' } });
    listed.push(...((await response.json()) as { name: string }[]));
    next = linkOf(response);
  }
  expect(listed.map(({ name }) => name).sort()).toEqual(names);
});

function linkOf({ headers }: { headers: Headers }): string | undefined {
  return /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
}

test('gl.auth, version and pipelines.latest', async () => {
  const simulator = await start();
  expect((await python(simulator, 'GET', '/user')).body).toMatchObject({ username: 'root' });
  expect((await python(simulator, 'GET', '/version')).body).toHaveProperty('version');
  const id = await createPipeline(simulator);
  const query = { ref: 'main' };
  expect((await python(simulator, 'GET', '/projects/1/pipelines/latest', { query })).body).toMatchObject({
    id,
  });
  const failed = { yaml_errors: false };
  expect((await python(simulator, 'GET', '/projects/1/pipelines', { query: failed })).body).toHaveLength(1);
});
