import { expect, test } from 'vitest';
import { call, createPipeline, scenarioOf, start } from '../start.ts';

test('a project by id and by path', async () => {
  const simulator = await start();
  const expected = {
    id: 1,
    path_with_namespace: 'group/app',
    default_branch: 'main',
    web_url: `${simulator.url}/group/app`,
  };
  expect((await call(simulator, 'GET', '/projects/1')).body).toMatchObject(expected);
  expect((await call(simulator, 'GET', '/projects/group%2Fapp')).body).toMatchObject(expected);
  expect((await call(simulator, 'GET', '/projects')).body).toMatchObject([expected]);
  expect(await call(simulator, 'GET', '/projects/group%2Fother')).toMatchObject({
    status: 404,
    body: { message: '404 Project Not Found' },
  });
});

test('a commit by sha, branch and tag, with its last pipeline', async () => {
  const simulator = await start();
  const commits = '/projects/1/repository/commits';
  const { body } = await call(simulator, 'GET', `${commits}/main`);
  const { id } = body as { id: string };
  expect(body).toMatchObject({ status: null, last_pipeline: null });
  const pipeline = await createPipeline(simulator);
  expect((await call(simulator, 'GET', `${commits}/${id}`)).body).toMatchObject({
    id,
    status: 'pending',
    last_pipeline: { id: pipeline, sha: id, ref: 'main' },
  });
  expect((await call(simulator, 'GET', `${commits}/feature%2Fslash`)).status).toBe(200);
  expect((await call(simulator, 'GET', `${commits}/v1.0`)).status).toBe(200);
  expect(await call(simulator, 'GET', `${commits}/nope`)).toMatchObject({
    status: 404,
    body: { message: '404 Commit Not Found' },
  });
});

test('a push moves the branch', async () => {
  const simulator = await start();
  const sha = simulator.push('group/app', 'feature/new');
  const branch = '/projects/1/repository/branches/feature%2Fnew';
  expect((await call(simulator, 'GET', branch)).body).toMatchObject({
    name: 'feature/new',
    commit: { id: sha },
  });
  expect(await call(simulator, 'GET', '/projects/1/repository/branches/nope')).toMatchObject({
    status: 404,
    body: { message: '404 Branch Not Found' },
  });
});

test('a rate limit is announced, then enforced', async () => {
  const simulator = await start(scenarioOf({}, { rateLimit: { requests: 2, periodSeconds: 60 } }), {
    now: () => 90_000,
  });
  const ask = (): ReturnType<typeof call> => call(simulator, 'GET', '/version');
  expect(Object.fromEntries((await ask()).headers)).toMatchObject({
    'ratelimit-limit': '2',
    'ratelimit-observed': '1',
    'ratelimit-remaining': '1',
    'ratelimit-reset': '120',
  });
  await ask();
  const refused = await ask();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('30');
});
