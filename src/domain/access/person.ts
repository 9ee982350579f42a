import type { Trigger } from '../trigger/trigger.ts';
import type { GitLabUser } from './gitlab-user.ts';

/** Who signed in with GitLab. */
export interface Person extends GitLabUser {
  /** Their role in the project of a trigger, as far as GitLab said so in the last minutes; else 0, as for none. */
  readonly levelIn: (trigger: Trigger) => number;
  /**
   * Has GitLab asked about the projects of triggers that it said nothing about lately, once for each. To be awaited before
   * `maySee` and its like.
   * @returns the number of projects that it was asked about
   */
  readonly learn: (triggers: readonly Trigger[]) => Promise<number>;
  /** Whether they may do something from a role on in another project, which a pipeline's child is in. */
  readonly isIn: (projectId: number, from: number) => Promise<boolean>;
}
