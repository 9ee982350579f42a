import type { FailedDelivery, HookId, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import type { GitLabAccess } from './index.ts';

/** The settings of a hook. */
export interface HookSettings {
  readonly url: string;
  readonly secret: string | null;
  /** GitLab before 19 ignores it: the hook shows whether it signs. */
  readonly signingToken: string | null;
  readonly verifiesTls: boolean;
}

/**
 * The hooks of one GitLab instance, accessed with one token of a Maintainer. All methods throw AppError as
 * those of GitLab do. GitLab limits tests and resends, by default to five a minute for each project.
 */
export interface GitLabHooks {
  /** Full paths of a group's projects, except archived ones. */
  projectsOf(group: string, options: { readonly subgroups: boolean }): Promise<readonly string[]>;
  /** GitLab's id of the project at a path. */
  projectIdOf(project: string): Promise<number>;
  hooksOf(project: string): Promise<readonly ProjectHook[]>;
  /** For owners, in Premium: GitLab answers 403 or 404 to other users. */
  hooksOfGroup(group: string): Promise<readonly ProjectHook[]>;
  addHook(project: string, order: HookSettings): Promise<ProjectHook>;
  /** Also switches off custom templates, and events that the service has no use for. */
  changeHook(project: string, id: HookId, order: HookSettings): Promise<ProjectHook>;
  removeHook(project: string, id: HookId): Promise<void>;
  /** Delivers a sample, to a disabled hook too, which is enabled when it arrives. Refused in the words of GitLab or the receiver. */
  testHook(project: string, id: HookId, event: 'pipeline_events' | 'push_events'): Promise<void>;
  /** The deliveries of the last week that did not arrive, newest first; at most so many. */
  failedDeliveries(project: string, id: HookId, limit: number): Promise<readonly FailedDelivery[]>;
  /** Sends a delivery again. @returns the status of the receiver's answer */
  resend(project: string, id: HookId, delivery: FailedDelivery['id']): Promise<number>;
}

export type ConnectHooks = (access: GitLabAccess) => GitLabHooks;
