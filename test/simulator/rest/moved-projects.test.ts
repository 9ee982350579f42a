import { expect, test } from 'vitest';
import { call, createPipeline, scenarioOf, start } from '../start.ts';

const scenario = scenarioOf({ formerPaths: ['old/name'] });
const old = '/projects/old%2Fname';

test('a GET by a former path leads to the same call with the number, in plain text', async () => {
  const simulator = await start(scenario);
  const response = await fetch(`${simulator.url}/api/v4${old}/pipelines?per_page=5&ref=a%2Fb`, {
    headers: { 'PRIVATE-TOKEN': 'root-token' },
    redirect: 'manual',
  });
  const location = `${simulator.url}/api/v4/projects/1/pipelines?per_page=5&ref=a%2Fb`;
  expect(response.status).toBe(301);
  expect(response.headers.get('location')).toBe(location);
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(await response.text()).toBe(`This resource has been moved permanently to ${location}`);
  expect((await call(simulator, 'GET', old)).body).toMatchObject({ id: 1, path_with_namespace: 'group/app' });
});

test.each([
  ['POST', `${old}/pipeline`],
  ['POST', `${old}/hooks`],
  ['PUT', `${old}/hooks/1`],
  ['DELETE', `${old}/hooks/1`],
])('%s %s is refused', async (method, path) => {
  const simulator = await start(scenario);
  expect(await call(simulator, method, path, { body: { ref: 'main' } })).toMatchObject({
    status: 405,
    body: { message: 'Non GET methods are not allowed for moved projects' },
  });
  expect(simulator.pipelines(1)).toEqual([]);
});

test('callers who may not read the project learn nothing of it', async () => {
  const simulator = await start(scenario);
  const missing = { status: 404, body: { message: '404 Project Not Found' } };
  expect(await call(simulator, 'GET', old, { token: 'outsider-token' })).toMatchObject(missing);
  expect(await call(simulator, 'POST', `${old}/pipeline`, { token: 'outsider-token' })).toMatchObject(
    missing,
  );
});

test('by number, and by its path in any case, nothing moves', async () => {
  const simulator = await start(scenario);
  expect((await call(simulator, 'POST', '/projects/1/pipeline', { body: { ref: 'main' } })).status).toBe(201);
  expect(await createPipeline(simulator, 'Group/APP')).toBeGreaterThan(0);
});

/** lib/api/ci/triggers.rb looks projects up with `find_project`, which follows former paths and redirects nothing. */
test('a trigger token works by a former path', async () => {
  const simulator = await start(scenario);
  const body = { ref: 'main', token: 'trigger-token' };
  expect((await call(simulator, 'POST', `${old}/trigger/pipeline`, { token: null, body })).status).toBe(201);
});

test('a path that another project has now is that project', async () => {
  const projects = [{ id: 2, path: 'old/name' }];
  const simulator = await start(scenarioOf({ formerPaths: ['old/name'] }, { projects }));
  expect((await call(simulator, 'GET', old)).body).toMatchObject({ id: 2 });
});

test.each([
  ['101\n-x', true],
  ['-x\n101', false],
  ['101', true],
  ['0101', true],
  ['101x', false],
  ['app', false],
  ['-101', false],
])('the project %j is found: %s', async (id, isFound) => {
  const simulator = await start(scenarioOf({ id: 101 }));
  const { status } = await call(simulator, 'GET', `/projects/${encodeURIComponent(id)}`);
  expect(status).toBe(isFound ? 200 : 404);
});
