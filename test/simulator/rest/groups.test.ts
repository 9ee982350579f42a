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
  const token = 'outsider-token';
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

test('a group hook is created, shown, changed and deleted, by the number or the path of the group', async () => {
  const simulator = await start(scenarioOf({}, { projects, groupHooks: [] }));
  const hooks = '/groups/group%2Fsub/hooks';
  const url = 'http://127.0.0.1:9/hook';
  const created = await call(simulator, 'POST', hooks, {
    body: { url, pipeline_events: true, token: 'secret' },
  });
  expect(created).toMatchObject({
    status: 201,
    body: { url, group_id: 2, token_present: true, alert_status: 'executable' },
  });
  expect(created.body).not.toHaveProperty('token');
  expect(created.body).not.toHaveProperty('project_id');
  const { id } = created.body as { id: number };
  expect((await call(simulator, 'GET', `/groups/2/hooks/${id}`)).body).toEqual(created.body);
  expect((await call(simulator, 'GET', `/groups/group/hooks/${id}`)).status).toBe(404);
  expect((await call(simulator, 'GET', `/projects/3/hooks/${id}`)).status).toBe(404);
  const changed = await call(simulator, 'PUT', `${hooks}/${id}`, { body: { job_events: true } });
  expect(changed.body).toMatchObject({ pipeline_events: true, job_events: true });
  expect((await call(simulator, 'DELETE', `${hooks}/${id}`)).status).toBe(204);
  expect((await call(simulator, 'GET', hooks)).body).toEqual([]);
});

test.each([
  ['GET', ''],
  ['POST', ''],
  ['GET', '/1'],
  ['PUT', '/1'],
  ['DELETE', '/1'],
  ['GET', '/1/events'],
  ['POST', '/1/events/1/resend'],
  ['POST', '/1/test/push_events'],
])('%s of the hooks of a group%s is for its owners, and Premium', async (method, below) => {
  const roles = { group: 'maintainer' as const };
  const users = [
    { username: 'root', token: 'root-token', admin: true },
    { username: 'someone', token: 'someone-token', roles },
  ];
  const path = `/groups/group/hooks${below}`;
  const premium = await start(scenarioOf({}, { users, groupHooks: [] }));
  expect((await call(premium, method, path, { token: 'someone-token' })).status).toBe(403);
  expect((await call(premium, method, path, { token: null })).status).toBe(401);
  const free = await start(scenarioOf({}, { users }));
  expect((await call(free, method, path)).status).toBe(404);
});

test('an owner of a group, not an administrator, manages its hooks', async () => {
  const users = [{ username: 'someone', token: 'root-token', roles: { group: 'owner' as const } }];
  const simulator = await start(scenarioOf({}, { users, groupHooks: [] }));
  expect((await call(simulator, 'GET', '/groups/group/hooks')).status).toBe(200);
});

test.each([
  ['group', '/groups/1/hooks', 50],
  ['project', '/projects/1/hooks', 100],
])('a %s has at most so many hooks', async (kind, path, most) => {
  const simulator = await start(scenarioOf({}, { groupHooks: [] }));
  const url = 'http://127.0.0.1:9/hook';
  for (let count = 0; count < most; count += 1) {
    if (kind === 'group') simulator.addGroupHook('group', { url });
    else simulator.addHook(1, { url });
  }
  expect(await call(simulator, 'POST', path, { body: { url } })).toMatchObject({
    status: 422,
    body: { message: `Maximum number of ${kind} hooks (${most}) exceeded` },
  });
  expect((await call(simulator, 'GET', `${path}?per_page=100`)).body).toHaveLength(most);
});

test('a group hook delivers for all projects below, beside the hook of the project', async () => {
  const below = [{ id: 3, path: 'group/sub/deep', ci: { a: { script: 'x' } }, autoRun: false }];
  const simulator = await start(scenarioOf({}, { projects: below, groupHooks: [] }));
  const [ofGroup, ofProject] = [await startReceiver(), await startReceiver()];
  simulator.addGroupHook('group', { url: ofGroup.url, pipeline_events: true });
  simulator.addHook(3, { url: ofProject.url, pipeline_events: true });
  await createPipeline(simulator, 'group/sub/deep');
  await createPipeline(simulator);
  await eventually(() => expect(ofGroup.received).toHaveLength(2));
  await eventually(() => expect(ofProject.received).toHaveLength(1));
  const ids = ofGroup.received.map(({ payload }) => (payload?.['project'] as { id: number }).id);
  expect(ids.sort()).toEqual([1, 3]);
  const [first] = ofProject.received;
  const repeated = ofGroup.received.find(({ body }) => body === first?.body);
  expect(repeated?.headers['idempotency-key']).not.toBe(first?.headers['idempotency-key']);
});

test('a group hook is tested with a project that has commits, and its events are sent again', async () => {
  const empty = { id: 2, path: 'empty/app', emptyRepository: true };
  const simulator = await start(scenarioOf({}, { projects: [empty], groupHooks: [] }));
  const receiver = await startReceiver();
  const { id } = simulator.addGroupHook('group', { url: receiver.url });
  const hook = `/groups/group/hooks/${id}`;
  expect(await call(simulator, 'POST', `${hook}/test/pipeline_events`)).toMatchObject({
    status: 422,
    body: { message: 'Ensure the project has CI pipelines.' },
  });
  expect((await call(simulator, 'POST', `${hook}/test/push_events`)).status).toBe(201);
  const [event] = (await call(simulator, 'GET', `${hook}/events`)).body as { id: number }[];
  const again = await call(simulator, 'POST', `${hook}/events/${event?.id ?? 0}/resend`);
  expect(again).toMatchObject({ status: 201, body: { response_status: 200 } });
  expect(receiver.received).toHaveLength(2);
  const other = simulator.addGroupHook('empty', { url: receiver.url });
  expect(await call(simulator, 'POST', `/groups/empty/hooks/${other.id}/test/push_events`)).toMatchObject({
    status: 422,
    body: { message: 'Ensure the group has a project with commits.' },
  });
});
