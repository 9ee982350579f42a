import { afterAll, expect, test } from 'vitest';
import { startService } from '../../support/start-service.ts';
import { makeKey } from '../dashboard/browser.ts';
import { createResolveProject } from '../../../src/app/access/resolve-project.ts';
import type { Caller } from '../../../src/domain/access/caller.ts';

const world = await startService();
afterAll(world.stop);

/** Of group/green in the scenario. */
const green = 2;

const start = async (projects: readonly string[], project: unknown) => {
  const name = `k${Math.random().toString(36).slice(2)}`;
  const { secret } = await makeKey(world, { name, projects });
  return world.call('POST', '/v1/triggers', { token: secret, body: { project, ref: 'main' } });
};

test.each([
  [['group/*'], green],
  [['group/*'], String(green)],
  [['group/green'], green],
  [['other/*', 'Group/Green'], green],
  [[String(green)], green],
  [[String(green)], 'group/green'],
  [['**'], green],
])('a key kept to %j may name the project %j', async (projects, project) => {
  const answer = await start(projects, project);
  expect(answer.status).toBe(202);
  const { id } = answer.json as { id: string };
  expect(await world.finished(id)).toMatchObject({ outcome: 'success', projectId: green });
});

test.each([
  [['other/*'], green],
  [['group/app'], green],
  [['group/*'], 999_999],
  [['7'], 'group/green'],
  [['7'], green],
])('a key kept to %j may not start a pipeline in %j', async (projects, project) => {
  const before = world.simulator.requests.filter(({ method }) => method === 'POST').length;
  expect((await start(projects, project)).status).toBe(403);
  expect(world.simulator.requests.filter(({ method }) => method === 'POST').length).toBe(before);
});

test('while GitLab is down the name cannot be resolved: 503', async () => {
  world.simulator.faults.api.push({ kind: 'status', status: 502 });
  expect((await start(['group/*'], green)).status).toBe(503);
  world.simulator.faults.api.splice(0);
  expect((await start(['group/*'], green)).status).toBe(202);
});

const asked = (project: string, apiToken: string | null = null, gitlabUrl = 'https://gitlab.test') =>
  ({ request: { project, gitlabUrl }, secrets: { apiToken }, callbackUrl: null }) as never;

const rule = (...projects: string[]) => ({ to: { projects } }) as never;

test.each<[string, Partial<Caller>, string, string | null]>([
  ['an admin asks nothing', { role: 'admin', projects: ['a/b'] }, '5', null],
  ['a key for all projects asks nothing', { projects: null }, '5', null],
  ['a key that fits asks nothing', { projects: ['a/*'] }, 'a/b', null],
  ['a key of paths that do not fit asks nothing of another path', { projects: ['a/*'] }, 'c/d', null],
  ['a key of paths asks for that of an id', { projects: ['a/*'] }, '5', 'group/app'],
  ['a key of ids asks for that of a path', { projects: ['5'] }, 'group/app', '5'],
  [
    'a job asks for the path of an id, also where a star fits it',
    { projects: [], job: {} as never },
    '5',
    'group/app',
  ],
  ['a job asks nothing of an id that a rule names', { projects: [], job: {} as never }, '7', null],
])('%s', async (_what, caller, project, expected) => {
  const calls: object[] = [];
  const resolve = createResolveProject({
    policy: { rules: [rule('**'), rule('group/app', '7')] },
    nameProject: (access, name) => {
      calls.push({ access, name });
      return Promise.resolve({ id: '5', path: 'group/app' });
    },
    service: { gitlabUrl: 'https://gitlab.test', apiToken: 'own', triggerToken: null },
  });
  const resolved = await resolve({ id: 'ci', role: 'trigger', projects: null, ...caller }, asked(project));
  expect(resolved.request.project).toBe(expected ?? project);
  expect(calls.length).toBe(expected === null ? 0 : 1);
});

test('another GitLab is not asked with the token of the service', async () => {
  const tokens: (string | null)[] = [];
  const resolve = createResolveProject({
    policy: { rules: [] },
    nameProject: ({ apiToken }) => {
      tokens.push(apiToken);
      return Promise.resolve(null);
    },
    service: { gitlabUrl: 'https://gitlab.test', apiToken: 'own', triggerToken: null },
  });
  const caller: Caller = { id: 'ci', role: 'trigger', projects: ['a/*'] };
  await resolve(caller, asked('5', null, 'https://other.test'));
  await resolve(caller, asked('5', 'theirs', 'https://other.test'));
  await resolve(caller, asked('5'));
  expect(tokens).toEqual(['theirs', 'own']);
});
