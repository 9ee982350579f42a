import { afterAll, expect, test } from 'vitest';
import { startSimulator } from '../../simulator/simulator.ts';
import { readAccount } from '../../src/doctor/read-account.ts';

const ci = { build: { script: 'make' } };
const simulator = await startSimulator({
  users: [
    { username: 'dev', token: 'dev', roles: { group: 'developer', 'group/own': 'maintainer' } },
    { username: 'maintainer', token: 'maintainer', roles: { group: 'maintainer' } },
    { username: 'reporter', token: 'reporter', roles: { 'group/app': 'reporter' } },
    { username: 'root', token: 'root', admin: true },
    { username: 'nobody', token: 'nobody' },
  ],
  projects: [
    { id: 1, path: 'group/app', ci },
    {
      id: 2,
      path: 'group/merge',
      ci,
      protectedBranches: [{ name: 'ma*', allowedToPush: 'no one', allowedToMerge: 'developer' }],
    },
    { id: 3, path: 'group/own', ci },
    { id: 4, path: 'group/free', ci, protectedBranches: [] },
    {
      id: 5,
      path: 'group/closed',
      ci,
      protectedBranches: [{ name: 'main', allowedToPush: 'no one', allowedToMerge: 'no one' }],
    },
  ],
});
afterAll(simulator.close);

const account = (gitlabToken: string) => readAccount({ gitlabUrl: simulator.url, gitlabToken });

const inShort = async (token: string): Promise<Readonly<Record<string, readonly unknown[]>>> => {
  const found = await account(token);
  return Object.fromEntries(
    (found?.projects ?? []).map(({ path, role, mayRun, mayManageHooks }) => [
      path,
      [role, mayRun, mayManageHooks],
    ]),
  );
};

test('of a Developer: what is protected, what may be merged, what is open', async () => {
  expect(await inShort('dev')).toEqual({
    'group/app': [30, false, false],
    'group/merge': [30, true, false],
    'group/own': [40, true, true],
    'group/free': [30, true, false],
    'group/closed': [30, false, false],
  });
});

test('of a Maintainer: everything but what nobody may push or merge', async () => {
  expect(await inShort('maintainer')).toMatchObject({
    'group/app': [40, true, true],
    'group/closed': [40, false, true],
  });
});

test('of a Reporter, of nobody, and of an administrator without membership', async () => {
  expect(await inShort('reporter')).toEqual({ 'group/app': [20, false, false] });
  expect(await account('nobody')).toMatchObject({ username: 'nobody', projects: [] });
  expect(await account('root')).toMatchObject({ isAdmin: true, scopes: ['api'], projects: [] });
});

test('a token that GitLab does not know, and a GitLab that is not there', async () => {
  expect(await account('unknown')).toBeNull();
  expect(await readAccount({ gitlabUrl: 'http://127.0.0.1:1', gitlabToken: 'x' })).toBeNull();
});
