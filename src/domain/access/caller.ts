import type { JobClaims } from './claims.ts';
import { callerIdOf } from './claims.ts';
import { matchesProject } from './pattern.ts';
import type { Trigger } from '../trigger/trigger.ts';

/** What a caller may do. Each may do what those before it may: see, start and steer triggers of their own, everything. */
export type Role = 'read' | 'trigger' | 'admin';

/** Every role, for parsers. */
export const roles = ['read', 'trigger', 'admin'] as const satisfies readonly Role[];

/** The id of everyone on this machine, where the service asks for no token: no token proves that a person meant it. */
export const localCaller = 'local';

/** Who calls. */
export interface Caller {
  /** By this triggers know whose they are. */
  readonly id: string;
  readonly role: Role;
  /** Patterns of the project paths that the caller is kept to; null for any project. */
  readonly projects: readonly string[] | null;
  /** Of a CI job that calls with its id_token: what it may start is for the policy to say. */
  readonly job?: JobClaims;
  /** When the key or the token ends, in milliseconds since the epoch; left out where it does not. */
  readonly expiresAt?: number;
}

/** A CI job: kept to no project, so that nothing but the policy lets it start a pipeline. */
export const jobCaller = (job: JobClaims): Caller => ({
  id: callerIdOf(job),
  role: 'trigger',
  projects: [],
  job,
  ...(job.expiresAt === undefined ? {} : { expiresAt: job.expiresAt }),
});

/** Who has something done, as the audit log knows them. */
export interface Actor {
  /** The caller's id; `operator@cli` for one who works on the database itself. */
  readonly id: string;
  /** The address that the request came from; for the operator the user and the machine. */
  readonly from: string;
  /** The name of the request, where there is one: the same stands in its log lines. */
  readonly requestId?: string;
}

const isKeptTo = ({ projects }: Caller, project: string): boolean =>
  projects === null || projects.some((pattern) => matchesProject(project, pattern));

const isOwn = (caller: Caller, trigger: Trigger): boolean => trigger.caller === caller.id;

/** Whether a trigger is there for the caller: their own; for those who only read, all in their projects. */
export const maySee = (caller: Caller, trigger: Trigger): boolean =>
  caller.role === 'admin' ||
  isOwn(caller, trigger) ||
  (caller.role === 'read' && isKeptTo(caller, trigger.request.project));

/** Whether the caller may change what becomes of a trigger. */
export const maySteer = (caller: Caller, trigger: Trigger): boolean =>
  caller.role === 'admin' || (caller.role === 'trigger' && isOwn(caller, trigger));

/** Whether the caller may start a pipeline in a project. Those who are kept to paths must name it by its path. */
export const mayTrigger = (caller: Caller, project: string): boolean =>
  caller.role === 'admin' || (caller.role === 'trigger' && isKeptTo(caller, project));
