import { developer, maintainer, roleName } from './access/gitlab-role.ts';
import { clipList } from './text.ts';
import type { DoctorFinding } from './doctor-finding.ts';
import { doctorFinding } from './doctor-finding.ts';

/** What a token may do in one project. */
export interface ProjectRights {
  readonly path: string;
  /** GitLab's access level. */
  readonly role: number;
  /** Null: the repository is empty. */
  readonly defaultBranch: string | null;
  /** Whether it may run pipelines on the default branch; null: GitLab did not say. */
  readonly mayRun: boolean | null;
  readonly mayManageHooks: boolean;
}

/** Who a token is, and what it may do. */
export interface TokenAccount {
  readonly username: string;
  readonly isBot: boolean;
  readonly isAdmin: boolean;
  readonly tokenName: string | null;
  readonly scopes: readonly string[];
  /** The day; null: it does not expire. */
  readonly expiresOn: string | null;
  /** Those that it was last active in, at most twenty. */
  readonly projects: readonly ProjectRights[];
}

const subject = 'GITLAB_TOKEN';

const listOf = (projects: readonly ProjectRights[]): string =>
  clipList(
    projects.map(({ path }) => path),
    { most: 5, longest: 100 },
  );

type Rule = (account: TokenAccount) => DoctorFinding | null;

/** A rule about the projects that fit. */
const about =
  (
    fits: (project: ProjectRights, account: TokenAccount) => boolean,
    find: (projects: readonly ProjectRights[]) => DoctorFinding,
  ): Rule =>
  (account) => {
    const found = account.projects.filter((project) => fits(project, account));
    return found.length === 0 ? null : find(found);
  };

/** What a token lacks, and what it has too much. docs/permissions.md has the table. */
const rules: readonly Rule[] = [
  ({ projects, isAdmin }) =>
    projects.length > 0 || isAdmin
      ? null
      : doctorFinding(
          'token_without_projects',
          subject,
          'is a member of no project, so there is nothing to trigger',
          'add it to the projects or their group, with the role Developer or Maintainer',
        ),
  about(
    ({ role }) => role < developer,
    (found) =>
      doctorFinding(
        'token_role_low',
        subject,
        `may not create, play, retry and cancel in ${listOf(found)}: its role is ${roleName(found[0]?.role ?? 0)}`,
        'give it the role Developer, or Maintainer where it manages webhooks',
      ),
  ),
  about(
    ({ role, mayRun }) => role >= developer && mayRun === false,
    (found) =>
      doctorFinding(
        'token_branch_protected',
        subject,
        `may not run pipelines on the protected default branch of ${listOf(found)}`,
        'allow its role to merge there (Settings → Repository → Protected branches), or give it the role Maintainer',
      ),
  ),
  about(
    ({ role, mayManageHooks }) => role >= developer && !mayManageHooks,
    (found) =>
      doctorFinding(
        'token_hooks_unmanaged',
        subject,
        `may not manage the webhooks of ${listOf(found)}, which takes the role Maintainer`,
        'add the webhooks by hand (docs/hooks.md), or give it the role Maintainer',
      ),
  ),
  ({ isAdmin }) =>
    isAdmin
      ? doctorFinding(
          'token_admin',
          subject,
          'is that of an administrator, who may do everything in every project',
          'use a token of the project or group, with the role Developer or Maintainer',
        )
      : null,
  about(
    ({ role }, { isAdmin }) => role > maintainer && !isAdmin,
    (found) =>
      doctorFinding(
        'token_role_high',
        subject,
        `is Owner in ${listOf(found)}; Maintainer is enough`,
        'make another one with the role Maintainer, or Developer where webhooks are added by hand',
      ),
  ),
];

/** Findings about the rights of a token. */
export const checkRights = (account: TokenAccount): readonly DoctorFinding[] =>
  rules.flatMap((rule) => rule(account) ?? []);
