import type { GitLabUser } from '../access/gitlab-user.ts';
import type { GroupId, JobId, PipelineId, TriggerId } from '../ids.ts';
import type { AutoRetry, FailureGrace, RetriedJob } from './retried-job.ts';
import type { ChildPipeline } from './child-pipeline.ts';
import type { HeldJob } from './held-job.ts';
import type { FailedJob, Job } from './job.ts';
import type { ManualRule } from './manual-rules.ts';
import { namedToPlay } from './manual-rules.ts';
import type { Outputs, OutputsFrom } from './outputs.ts';
import type { Report, ReportRequest } from './report.ts';
import { dueReports, newReports } from './report.ts';

/** What to do when a pipeline is blocked by a manual job. */
export type OnManual = 'fail' | 'pass' | 'play';

/** Each of them, for parsers. */
export const onManualChoices = ['fail', 'pass', 'play'] as const satisfies readonly OnManual[];

/** How a trigger ended. */
export type Outcome =
  'success' | 'failed' | 'canceled' | 'skipped' | 'manual' | 'manual_passed' | 'deadline' | 'error';

/** Every outcome, for parsers. */
export const outcomes = [
  'success',
  'failed',
  'canceled',
  'skipped',
  'manual',
  'manual_passed',
  'deadline',
  'error',
] as const satisfies readonly Outcome[];

/** The pipeline, and perhaps the job, on whose behalf a trigger was requested. */
export interface Upstream {
  readonly project: string;
  readonly pipelineId: PipelineId;
  readonly jobId: JobId | null;
}

/** The caller's request, without the secrets: variables and tokens are stored separately, encrypted. */
export interface TriggerRequest {
  /** Numeric id or full path. */
  readonly project: string;
  readonly ref: string;
  /** Run the failed jobs of the ref's newest pipeline again, if it is of the ref's newest commit. */
  readonly retry: boolean;
  /** Run the failed jobs of this pipeline again, on the same condition. */
  readonly pipelineId: PipelineId | null;
  readonly onManual: OnManual;
  /** The manual jobs to play, in this order; null means those that block. */
  readonly jobs: readonly string[] | null;
  /** What to do about manual jobs, instead of `onManual` and `jobs`. */
  readonly manual?: readonly ManualRule[];
  /** Without `jobs`: only the first one, at each standstill of the pipeline, as the Python `trigger` does. */
  readonly playOneByOne?: boolean;
  readonly deadlineSeconds: number;
  readonly cancelOnDeadline: boolean;
  /** Base URL of the GitLab instance, without a slash at the end. */
  readonly gitlabUrl: string;
  readonly upstream: Upstream | null;
  readonly cancelWithUpstream: boolean;
  /** What the upstream pipeline is to show of it. */
  readonly report?: ReportRequest;
  /** Which failed jobs are retried by the service itself; left out: none. */
  readonly autoRetry?: AutoRetry;
  /** How long a failed pipeline is watched before that is the verdict; left out: not at all. */
  readonly failureGraceSeconds?: number;
  /** The jobs whose dotenv reports are read at the end. */
  readonly outputs?: readonly OutputsFrom[];
  /**
   * Patterns of the projects in which the caller may start pipelines, for what the request leads to: pipelines in other
   * projects, and the project that has moved away from the requested path. Left out: in all.
   */
  readonly playsIn?: readonly string[];
}

/** The candidate for a retry: it is retried if it is of the ref's newest commit and did not succeed. */
export interface Candidate {
  readonly id: PipelineId;
  readonly status: string;
  readonly sha: string;
  /** The ref's newest commit. */
  readonly tip: string;
}

/** The pipeline of a trigger, as GitLab last showed it. */
export interface Pipeline {
  readonly id: PipelineId;
  readonly projectId: number;
  readonly status: string;
  readonly webUrl: string | null;
}

/** A manual job that this trigger plays. Stored before GitLab is called: `intended` until it has answered. */
export interface PlayedJob {
  readonly id: JobId;
  readonly name: string;
  readonly stage: string;
  readonly progress: 'intended' | 'played' | 'refused';
  /** GitLab's words when it refused. */
  readonly refusal: string | null;
  /** Requested by a person: it is played while other jobs run, too, and a refusal of GitLab decides nothing. */
  readonly isRequested?: true;
  /** A rule plays it while other jobs run, too, unless a required job has failed. */
  readonly isEarly?: true;
  /** Somebody approved it. */
  readonly isApproved?: true;
  /** The place, from 0, of the rule whose variables go with it. */
  readonly sender?: number;
  /** The child pipeline that it is in; left out for a job of the trigger's own pipeline. */
  readonly pipelineId?: PipelineId;
}

/** A request to create the pipeline that was sent, and that may have created one. */
export interface InDoubt {
  /** Until when GitLab may carry it out unseen. */
  readonly inDoubtUntil: number;
  /**
   * Only where the pipeline cannot carry our id: the ref's newest pipeline before the request was sent, 0 when it had
   * none. Ours has a higher id. Null when GitLab could not be asked.
   */
  readonly newestBefore?: number | null;
}

/** How the end of a pipeline became known. */
export interface EndSeen {
  /** `poll`: by the sweep, or a request to poll, since no webhook had reported it. */
  readonly by: 'hook' | 'poll';
  /** Milliseconds after the time at which GitLab says that the pipeline ended; left out where GitLab does not say. */
  readonly lateMs?: number;
}

export type TriggerState =
  | ({
      readonly kind: 'requested';
      /** Why the last attempt to create the pipeline did not reach GitLab. */
      readonly lastError: string | null;
    } & (InDoubt | { readonly inDoubtUntil: null }))
  | { readonly kind: 'running'; readonly pipeline: Pipeline }
  | ({
      readonly kind: 'finished';
      readonly pipeline: Pipeline | null;
      readonly outcome: Outcome;
      readonly reason: string | null;
      readonly failedJobs: readonly FailedJob[];
      /** Milliseconds since the epoch, as all times of the domain. */
      readonly finishedAt: number;
      /** How the end of the pipeline became known; left out for an end that is not GitLab's. */
      readonly endSeen?: EndSeen;
      /** Ended while it was in doubt whether there is a pipeline: it is still searched for, to be canceled. */
    } & (InDoubt | { readonly inDoubtUntil?: null }));

/** An action that needs a call to GitLab: stored first, `wanted` until GitLab has answered the call. */
export interface PendingAction {
  readonly progress: 'wanted' | 'done';
  readonly reason: string | null;
}

/** The group of a trigger, and its name there. */
export interface Membership {
  readonly group: GroupId;
  readonly member: string;
  /** It waits until the group starts it. */
  readonly isWaiting: boolean;
}

/** The verdict of a trigger whose outputs are still to be read: a waiting caller gets both together. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly failedJobs: readonly FailedJob[];
  /** When the verdict was found. */
  readonly since: number;
  readonly endSeen?: EndSeen;
}

/** One request to run a pipeline: what was requested, its state, its outcome. */
export interface Trigger {
  readonly id: TriggerId;
  /** The caller who requested it: only this caller, and admins, may see it. */
  readonly caller: string;
  /** The user of GitLab who started the job that requested it; left out where a key did. */
  readonly startedBy?: GitLabUser;
  readonly request: TriggerRequest;
  /** The group that it is a member of; left out for none. */
  readonly membership?: Membership;
  readonly state: TriggerState;
  /** The result of the search for a pipeline to retry. */
  readonly candidate?: Candidate;
  /** Its pipeline does not carry our id: GitLab forbids variables. */
  readonly carriesNoId?: true;
  /** The pipeline's latest known jobs, in pipeline order. */
  readonly jobs: readonly Job[];
  /** The pipelines that it has started, and those that they have, as far as they are known. */
  readonly children?: readonly ChildPipeline[];
  /** Whether the pipeline has bridges; left out: not known. `stale`: one has started a pipeline that is not known yet. */
  readonly bridges?: 'none' | 'some' | 'stale';
  readonly played: readonly PlayedJob[];
  /** The jobs that wait for a person, or did. */
  readonly heldJobs?: readonly HeldJob[];
  /** The failed jobs that the service has retried by itself. */
  readonly retriedJobs?: readonly RetriedJob[];
  /** The pipeline has failed, and is watched. */
  readonly grace?: FailureGrace;
  /** Its verdict is found, and its outputs are being read: nothing else is waited for. */
  readonly ending?: Ending;
  /** What its jobs handed on, once it has ended; left out where nobody asked for it. */
  readonly outputs?: Outputs;
  readonly cancel: PendingAction | null;
  readonly retry: PendingAction | null;
  /** What is owed to the upstream pipeline; left out where nothing is. */
  readonly reports?: readonly Report[];
  /** Since when, and with which error, GitLab has refused to show the pipeline, or its name has not resolved; else null. */
  readonly refusal: { readonly since: number; readonly reason: string } | null;
  /** Since when GitLab has answered that there is no such pipeline, while it showed the project. */
  readonly goneSince: number | null;
  /** Why the last call for a running pipeline got no answer; null after an answered one. */
  readonly lastError: string | null;
  /** Grows with each action of the service that can reopen the pipeline. A read that began before it proves no end. */
  readonly epoch: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When GitLab last reported anything about the pipeline; see observed.ts. */
  readonly observedAt: number;
  /** When GitLab itself, or a webhook that proves it, last did; absent: not since the trigger was made. */
  readonly provenAt?: number;
  /** When a webhook last reported a change: equal to `updatedAt` while webhooks report all changes. */
  readonly lastHookAt?: number;
  readonly deadlineAt: number;
}

/** A trigger whose pipeline is known and has not ended. */
export type RunningTrigger = Trigger & { readonly state: { readonly kind: 'running' } };

/** A new trigger. */
export const requested = (
  id: TriggerId,
  caller: string,
  request: TriggerRequest,
  at: number,
  startedBy: GitLabUser | null = null,
): Trigger => ({
  id,
  caller,
  ...(startedBy === null ? {} : { startedBy }),
  request,
  state: { kind: 'requested', lastError: null, inDoubtUntil: null },
  jobs: [],
  played: [],
  cancel: null,
  retry: null,
  ...(request.report === undefined ? {} : { reports: newReports(request.report, at) }),
  refusal: null,
  goneSince: null,
  lastError: null,
  epoch: 0,
  createdAt: at,
  updatedAt: at,
  observedAt: at,
  deadlineAt: at + request.deadlineSeconds * 1000,
});

/** The pipeline of a trigger, once there is one. */
export const pipelineOf = (trigger: Trigger): Pipeline | null =>
  trigger.state.kind === 'requested' ? null : trigger.state.pipeline;

/** Whether it is the trigger's own pipeline, or a child of it. */
export const hasPipeline = (trigger: Trigger, id: PipelineId | null): boolean =>
  id !== null &&
  (pipelineOf(trigger)?.id === id || trigger.children?.some((child) => child.id === id) === true);

/** How to name a pipeline's project to GitLab: by its id, or as requested where an old GitLab does not show the id. */
export const projectOf = ({ request }: Trigger, { projectId }: Pipeline): string =>
  projectId > 0 ? String(projectId) : request.project;

/** Whether bridges are needed besides the jobs: the job to be played or awaited, or one that failed, may be a trigger job. */
export const needsTriggerJobs = ({ request }: Trigger): boolean =>
  request.manual !== undefined || request.autoRetry !== undefined || namedToPlay(request).length > 0;

export const isRunning = (trigger: Trigger): trigger is RunningTrigger => trigger.state.kind === 'running';

/** The trigger after a webhook reported it: a webhook that reports a change shows that webhooks arrive. */
export const withLastHook = (before: RunningTrigger, now: RunningTrigger): RunningTrigger =>
  now === before ? now : { ...now, lastHookAt: now.updatedAt };

export const isFinished = (trigger: Trigger): boolean => trigger.state.kind === 'finished';

/** The request in doubt; null when there is none. */
export function inDoubtOf({ state }: Trigger): InDoubt | null {
  if (state.kind === 'running' || state.inDoubtUntil == null) return null;
  const { inDoubtUntil, newestBefore } = state;
  return newestBefore === undefined ? { inDoubtUntil } : { inDoubtUntil, newestBefore };
}

/** Whether the group of a member has not started it yet. */
export const isWaitingMember = ({ membership, state }: Trigger): boolean =>
  membership?.isWaiting === true && state.kind === 'requested';

/** Whether it is a member that ended without a pipeline: a retry of its group starts it with what its request brought. */
const mayStartAgain = (trigger: Trigger): boolean =>
  trigger.membership !== undefined && isFinished(trigger) && pipelineOf(trigger) === null;

/** Whether what its request brought is still of use. */
export const needsSecrets = (trigger: Trigger): boolean => isUnsettled(trigger) || mayStartAgain(trigger);

/** Whether it is pending, or finished with a pipeline to be found or canceled. */
const isUnsettled = (trigger: Trigger): boolean =>
  !isFinished(trigger) ||
  inDoubtOf(trigger) !== null ||
  (trigger.cancel?.progress === 'wanted' && pipelineOf(trigger) !== null);

/** Whether there is still something to do for it, be it only to report its end. */
export const isOpen = (trigger: Trigger): boolean => isUnsettled(trigger) || dueReports(trigger).length > 0;
