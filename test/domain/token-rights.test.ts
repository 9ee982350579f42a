import { expect, test } from 'vitest';
import type { ProjectRights, TokenAccount } from '../../src/domain/token-rights.ts';
import { checkRights } from '../../src/domain/token-rights.ts';

const project: ProjectRights = {
  path: 'group/app',
  role: 40,
  defaultBranch: 'main',
  mayRun: true,
  mayManageHooks: true,
};
const sound: TokenAccount = {
  username: 'project_1_bot',
  isBot: true,
  isAdmin: false,
  tokenName: 'pipeline-trigger',
  scopes: ['api'],
  expiresOn: '2027-01-01',
  projects: [project],
};

const codesOf = (account: Partial<TokenAccount>): readonly string[] =>
  checkRights({ ...sound, ...account }).map(({ code, severity }) => `${severity} ${code}`);

const inProject = (rights: Partial<ProjectRights>) => ({ projects: [{ ...project, ...rights }] });

test.each<[string, Partial<TokenAccount>, readonly string[]]>([
  ['that of a Maintainer', {}, []],
  ['of nobody', { projects: [] }, ['warning token_without_projects']],
  [
    'of a Reporter',
    inProject({ role: 20, mayRun: false, mayManageHooks: false }),
    ['warning token_role_low'],
  ],
  [
    'of a Developer where main is protected',
    inProject({ role: 30, mayRun: false, mayManageHooks: false }),
    ['warning token_branch_protected', 'note token_hooks_unmanaged'],
  ],
  [
    'of a Developer who may merge',
    inProject({ role: 30, mayManageHooks: false }),
    ['note token_hooks_unmanaged'],
  ],
  ['of a branch that GitLab says nothing about', inProject({ mayRun: null }), []],
  ['of an Owner', inProject({ role: 50 }), ['note token_role_high']],
  ['of an administrator', { isAdmin: true, projects: [] }, ['note token_admin']],
])('a token %s', (_what, account, expected) => {
  expect(codesOf(account)).toEqual(expected);
});

test('a finding names at most five projects', () => {
  const projects = Array.from({ length: 7 }, (_, at) => ({ ...project, path: `group/p${at}`, role: 20 }));
  const [finding] = checkRights({ ...sound, projects });
  expect(finding?.problem).toContain('group/p0, group/p1, group/p2, group/p3, group/p4 and 2 more');
});
