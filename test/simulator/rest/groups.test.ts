import { expect, test } from 'vitest';
import { startReceiver } from '../hooks/receiver.ts';
import { call, createPipeline, eventually, scenarioOf, start } from '../start.ts';

const projects = [
  { id: 2, path: 'group/old', archived: true },
  { id: 3, path: 'group/sub/deep' },
  { id: 4, path: 'other/app' },
];

const pathsOf = (body: unknown): readonly string[] =>
  (body as { path_with_namespace: string }[]).map(({ path_with_namespace: path }) => path);

test('a group shows its projects, those of its subgroups when asked', async () => {
  const simulator = await start(scenarioOf({}, { projects }));
  const list = async (query: string) =>
    pathsOf((await call(simulator, 'GET', `/groups/group/projects?${query}`)).body);
  expect(await list('')).toEqual(['group/app', 'group/old']);
  expect(await list('archived=false')).toEqual(['group/app']);
  expect(await list('archived=false&include_subgroups=true')).toEqual(['group/app', 'group/sub/deep']);
});

test('a group is found by its whole path, by those who see a project in it', async () => {
  const simulator = await start(scenarioOf({}, { projects }));
  const subgroup = await call(simulator, 'GET', '/groups/group%2Fsub/projects');
  expect(pathsOf(subgroup.body)).toEqual(['group/sub/deep']);
  const missing = { status: 404, body: { message: '404 Group Not Found' } };
  expect(await call(simulator, 'GET', '/groups/nowhere/projects')).toMatchObject(missing);
  const token = 'stranger-token';
  expect(await call(simulator, 'GET', '/groups/group/projects', { token })).toMatchObject(missing);
});

test('the hooks of a group are for its owners, and fire for each project in it', async () => {
  const simulator = await start(scenarioOf({}, { groupHooks: [] }));
  const receiver = await startReceiver();
  simulator.addGroupHook('group', { url: receiver.url, pipeline_events: true });
  const path = '/groups/group/hooks';
  expect(await call(simulator, 'GET', path, { token: 'dev-token' })).toMatchObject({ status: 403 });
  expect((await call(simulator, 'GET', path)).body).toMatchObject([{ url: receiver.url, group_id: 1 }]);
  await createPipeline(simulator);
  await eventually(() => expect(receiver.received).toHaveLength(1));
});

test('without Premium there are no group hooks', async () => {
  const simulator = await start();
  expect(await call(simulator, 'GET', '/groups/group/hooks')).toMatchObject({ status: 404 });
});
