import type { GitLabUser } from '../../domain/access/gitlab-user.ts';

/** A user, as GitLab shows them now. */
export interface KnownUser extends GitLabUser {
  /** Neither blocked, banned nor deactivated. */
  readonly isActive: boolean;
}

/** What GitLab says about its users, read with the service's token. */
export interface PeopleReader {
  /** Null for a user that is gone. @throws AppError when GitLab does not say */
  readonly readUser: (userId: number) => Promise<KnownUser | null>;
  /**
   * A user's role in a project, inherited ones included; 0 for none, and for a project that the token does not see.
   * @param project its id or path
   * @throws AppError when GitLab does not say
   */
  readonly readLevel: (userId: number, project: string) => Promise<number>;
}
