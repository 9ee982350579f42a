import { expect, test } from 'vitest';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import type { Simulator } from '../../../simulator/simulator.ts';
import { startReceiver } from '../hooks/receiver.ts';
import type { Answer } from '../start.ts';
import { call, createPipeline, eventually, scenarioOf, start } from '../start.ts';

type ProjectInput = Partial<ScenarioInput['projects'][number]>;

const forbidden = { status: 403, body: { message: '403 Forbidden' } };
const refused = (ref: string): object => ({
  status: 400,
  body: {
    message: {
      base: [expect.stringContaining(`You do not have sufficient permission to run a pipeline on '${ref}'.`)],
    },
  },
});

const create = (simulator: Simulator, ref: string, token: string): Promise<Answer> =>
  call(simulator, 'POST', '/projects/1/pipeline', { token, body: { ref } });

const userOf = (role: 'developer' | 'maintainer') => [
  { username: 'root', token: 'root-token', admin: true },
  { username: 'someone', token: 'someone-token', roles: { 'group/app': role } },
];

test('the default branch is protected: a maintainer creates pipelines there, a developer elsewhere', async () => {
  const simulator = await start();
  expect(await create(simulator, 'main', 'dev-token')).toMatchObject(refused('main'));
  expect((await create(simulator, 'feature/slash', 'dev-token')).status).toBe(201);
  expect(simulator.pipelines(1)).toHaveLength(1);
  const other = await start(scenarioOf({}, { users: userOf('maintainer') }));
  expect((await create(other, 'main', 'someone-token')).status).toBe(201);
});

const main = (rest: object): ProjectInput => ({ protectedBranches: [{ name: 'main', ...rest }] });

test.each<[string, ProjectInput, 'developer' | 'maintainer', number]>([
  ['nothing is protected', { protectedBranches: [] }, 'developer', 201],
  ['developers may merge', main({ allowedToMerge: 'developer' }), 'developer', 201],
  ['developers may push', main({ allowedToPush: 'developer' }), 'developer', 201],
  [
    'no one may push or merge',
    main({ allowedToPush: 'no one', allowedToMerge: 'no one' }),
    'maintainer',
    400,
  ],
  ['maintainers may merge, no one may push', main({ allowedToPush: 'no one' }), 'maintainer', 201],
  ['only administrators may', main({ allowedToPush: 'admin', allowedToMerge: 'admin' }), 'maintainer', 400],
  ['a wildcard protects', { protectedBranches: [{ name: 'm*n' }] }, 'developer', 400],
  ['a wildcard protects another', { protectedBranches: [{ name: 'm*x' }] }, 'developer', 201],
  [
    'a name has a dot where the branch has a letter',
    { protectedBranches: [{ name: 'm.in' }] },
    'developer',
    201,
  ],
])('when %s, %#', async (_, project, role, status) => {
  const simulator = await start(scenarioOf(project, { users: userOf(role) }));
  expect((await create(simulator, 'main', 'someone-token')).status).toBe(status);
});

test('a protected tag is for those who may create it', async () => {
  const simulator = await start(scenarioOf({ protectedTags: [{ name: 'v*' }] }));
  expect(await create(simulator, 'v1.0', 'dev-token')).toMatchObject(refused('v1.0'));
  expect((await create(simulator, 'v1.0', 'root-token')).status).toBe(201);
});

test('an unknown ref is not found, whatever the rights', async () => {
  expect(await create(await start(), 'nope', 'dev-token')).toMatchObject({
    body: { message: { base: ['Reference not found'] } },
  });
});

test('a trigger token has the rights of its owner', async () => {
  const triggerTokens = [
    { token: 'of-dev', owner: 'dev' },
    { token: 'of-reader', owner: 'reader' },
    { token: 'of-root', owner: 'root' },
  ];
  const simulator = await start(scenarioOf({ triggerTokens }));
  const trigger = (token: string): Promise<Answer> =>
    call(simulator, 'POST', '/projects/1/trigger/pipeline', { token: null, body: { ref: 'main', token } });
  expect(await trigger('of-dev')).toMatchObject(refused('main'));
  expect(await trigger('of-reader')).toMatchObject({
    status: 400,
    body: { message: { base: ['Insufficient permissions to create a new pipeline'] } },
  });
  expect((await trigger('of-root')).status).toBe(201);
});

test('play, retry and cancel on a protected branch are forbidden to a developer, and change nothing', async () => {
  const ci = { a: { stage: 'build', script: 'x' }, gate: { stage: 'build', script: 'x', when: 'manual' } };
  const simulator = await start(scenarioOf({ ci }));
  const id = await createPipeline(simulator);
  const idOf = (name: string): number =>
    simulator.pipeline(id).jobs.find((job) => job.name === name)?.id ?? 0;
  simulator.apply(id, 'run', ['a']);
  const before = simulator.pipeline(id);
  const calls = [
    `/projects/1/jobs/${idOf('gate')}/play`,
    `/projects/1/jobs/${idOf('a')}/cancel`,
    `/projects/1/jobs/${idOf('a')}/retry`,
    `/projects/1/pipelines/${id}/cancel`,
    `/projects/1/pipelines/${id}/retry`,
  ];
  for (const path of calls)
    expect(await call(simulator, 'POST', path, { token: 'dev-token' }), path).toMatchObject(forbidden);
  expect(simulator.pipeline(id)).toEqual(before);
  expect((await call(simulator, 'POST', calls[0] ?? '')).status).toBe(200);
});

test('a bridge of a developer starts nothing on a protected branch of another project', async () => {
  const projects = [{ id: 2, path: 'group/other', ci: { job: { script: 'x' } } }];
  const users = [{ username: 'dev', token: 'dev-token', roles: { group: 'developer' as const } }];
  const simulator = await start(
    scenarioOf({ ci: { bridge: { trigger: 'group/other' } } }, { projects, users }),
  );
  const { body } = await create(simulator, 'feature/slash', 'dev-token');
  expect(simulator.pipeline((body as { id: number }).id).jobs).toMatchObject([
    { status: 'failed', failureReason: 'downstream_pipeline_creation_failed' },
  ]);
  expect(simulator.pipelines(2)).toEqual([]);
});

test('hooks, branches and the list of protected branches agree on what is protected', async () => {
  const receiver = await startReceiver();
  const simulator = await start(
    scenarioOf({ protectedBranches: [{ name: 'feature/*', allowedToMerge: 'developer' }] }),
  );
  simulator.addHook(1, { url: receiver.url, pipeline_events: true });
  await create(simulator, 'feature/slash', 'root-token');
  await eventually(() => expect(receiver.received).toHaveLength(1));
  expect(receiver.received[0]?.payload?.object_attributes).toMatchObject({
    protected_ref: true,
    default_branch: false,
  });
  const branch = '/projects/1/repository/branches';
  expect((await call(simulator, 'GET', `${branch}/feature%2Fslash`)).body).toMatchObject({
    protected: true,
    developers_can_push: false,
    developers_can_merge: true,
  });
  expect((await call(simulator, 'GET', `${branch}/main`)).body).toMatchObject({ protected: false });
  const list = '/projects/1/protected_branches';
  const entry = {
    name: 'feature/*',
    push_access_levels: [{ access_level: 40 }],
    merge_access_levels: [{ access_level: 30 }],
  };
  expect((await call(simulator, 'GET', list)).body).toMatchObject([entry]);
  expect((await call(simulator, 'GET', `${list}/feature%2F*`)).body).toMatchObject(entry);
  expect((await call(simulator, 'GET', `${list}/main`)).status).toBe(404);
});

test('a role in a group counts for all below it, the highest one wins', async () => {
  const roles = { group: 'maintainer', 'group/app': 'reporter' } as const;
  const users = [{ username: 'someone', token: 'someone-token', roles }];
  const simulator = await start(scenarioOf({}, { users }));
  expect((await create(simulator, 'main', 'someone-token')).status).toBe(201);
});
