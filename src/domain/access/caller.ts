import type { JobClaims } from './claims.ts';
import { callerIdOf } from './claims.ts';
import { matchesProject } from './pattern.ts';
import type { Person } from './person.ts';
import { grants } from './grants.ts';
import type { Grant } from './grants.ts';
import type { Trigger } from '../trigger/trigger.ts';

/** `read`: see triggers. `trigger`: also start triggers, and steer its own. `admin`: everything. */
export type Role = 'read' | 'approve' | 'trigger' | 'admin';

/** Every role, for parsers. */
export const roles = ['read', 'approve', 'trigger', 'admin'] as const satisfies readonly Role[];

/** The id of everyone on this machine, where the service asks for no token: no token proves that a person meant it. */
export const localCaller = 'local';

/** Who calls. */
export interface Caller {
  /** A trigger stores this id as its owner's. */
  readonly id: string;
  /** `person`: who signed in with GitLab and is no administrator; GitLab says what they may. */
  readonly role: Role | 'person';
  /** Patterns of the project paths that the caller is limited to; null for any project. */
  readonly projects: readonly string[] | null;
  /** The job that calls with its id_token: the policy decides what it may start. */
  readonly job?: JobClaims;
  /** Who signed in with GitLab. */
  readonly person?: Person;
  /** When the key or the token ends, in milliseconds since the epoch; left out where it does not. */
  readonly expiresAt?: number;
}

/** A CI job: limited to no project of its own, since the policy alone allows it to start a pipeline. */
export const jobCaller = (job: JobClaims): Caller => ({
  id: callerIdOf(job),
  role: 'trigger',
  projects: [],
  job,
  ...(job.expiresAt === undefined ? {} : { expiresAt: job.expiresAt }),
});

/** The actor of an entry in the audit log. */
export interface Actor {
  /** The caller's id; `operator@cli` for the operator's commands, which work on the database itself. */
  readonly id: string;
  /** The address that the request came from; for the operator the user and the machine. */
  readonly from: string;
  /** The id of the request, where there is one; its log lines have the same. */
  readonly requestId?: string;
  /** The user of GitLab, where a person did it: names of users change. */
  readonly userId?: number;
}

const isKeptTo = ({ projects }: Caller, project: string): boolean =>
  projects === null || projects.some((pattern) => matchesProject(project, pattern));

/** Whether the caller started a trigger: a key by its name, a person by their user in GitLab. */
const isOwn = ({ id, person }: Caller, { caller, startedBy }: Trigger): boolean =>
  person === undefined ? caller === id : startedBy?.userId === person.userId;

/** Whether the table grants something to a caller. */
function isGranted(caller: Caller, { keys, from }: Grant, trigger: Trigger): boolean {
  const { role, person } = caller;
  if (role === 'admin') return true;
  if (role === 'person') return person !== undefined && person.levelIn(trigger) >= from;
  const scope = keys[role];
  if (scope === undefined) return false;
  return isOwn(caller, trigger) || (scope === 'projects' && isKeptTo(caller, trigger.request.project));
}

/** Whether the caller may see a trigger. */
export const maySee = (caller: Caller, trigger: Trigger): boolean => isGranted(caller, grants.see, trigger);

/** Whether the caller may steer a trigger. */
export const maySteer = (caller: Caller, trigger: Trigger): boolean =>
  isGranted(caller, grants.steer, trigger);

/** Why a caller who may see a trigger may not steer it. */
export const steerRefusal = ({ person }: Caller): string =>
  person === undefined
    ? 'this key may only read'
    : 'you may only read: to cancel, retry and play takes the role Developer in this project in GitLab';

/** Whether the caller may start a pipeline in a project. A caller limited to paths must name it by its path. */
export const mayTrigger = (caller: Caller, project: string): boolean =>
  caller.role === 'admin' || (caller.role === 'trigger' && isKeptTo(caller, project));

/**
 * Why the caller may not approve or reject the jobs of a trigger; null where they may. Everyone on this machine is nobody in
 * particular, so the rule cannot be applied to it.
 * @param fourEyes whether who started a trigger may not approve its jobs
 */
export function approvalRefusal(caller: Caller, trigger: Trigger, fourEyes: boolean): string | null {
  if (!isGranted(caller, grants.approve, trigger))
    return caller.person === undefined
      ? 'this key may not approve or reject: it takes the role approve'
      : 'you may not approve or reject: it takes the role Maintainer in this project in GitLab';
  if (fourEyes && caller.id !== localCaller && isOwn(caller, trigger))
    return 'who started a trigger may not approve or reject its jobs (APPROVAL_FOUR_EYES)';
  return null;
}
