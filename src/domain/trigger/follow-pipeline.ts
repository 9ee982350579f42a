import { namesOf } from '../text.ts';
import type { Action, Decision, PipelineSnapshot } from './event.ts';
import type { Family } from './family.ts';
import { mayPlayIn } from './family.ts';
import type { FailureGrace, RetriedJob } from './retried-job.ts';
import {
  dueRetries,
  isRetryUnderWay,
  isRetrying,
  retriedJobsOf,
  retryRefusals,
  withoutGrace,
} from './auto-retry.ts';
import { finish } from './finish.ts';
import type { FailedJob, Job } from './job.ts';
import { failedJobsOf, isBlocking, isComplete, isPlayable, isRequiredFailure, isUnderWay } from './job.ts';
import { clipList } from '../text.ts';
import type { ManualRequest } from './manual-rules.ts';
import {
  jobsToPlayBy,
  mayPlay,
  namedToPlay,
  ruleFor,
  senderFor,
  whenBlocked,
  whenOptionalWaits,
} from './manual-rules.ts';
import { heldJobFates, isApprovedJob, releasedIds, timeoutReasons } from './held-jobs.ts';
import { isLost, standsStill } from './standstill.ts';
import type { KnownStatus } from './status.ts';
import { isKnownStatus } from './status.ts';
import type { OnManual, Outcome, PlayedJob, RunningTrigger } from './trigger.ts';

/** An observation of a pipeline, and how much it proves. */
export interface Observation {
  readonly at: number;
  readonly status: string;
  /** Null when the jobs are not known well enough to decide by. */
  readonly jobs: readonly Job[] | null;
  readonly failedJobs: readonly FailedJob[];
  /** GitLab's API was read, so the jobs are complete; a webhook leaves out bridges and may mix two moments. */
  readonly asked: boolean;
  /** It was observed after every action of the service on the pipeline took effect. */
  readonly current: boolean;
  /** What the pipeline comes to, since it cannot succeed for what has become of a child pipeline. */
  readonly lostAs?: Family['lostAs'];
  /** The jobs are those of child pipelines that are blocked, or among them. */
  readonly ofChildren?: Family['children'];
}

export type Rule = (trigger: RunningTrigger, observation: Observation) => Decision;

export const wait = (trigger: RunningTrigger, actions: readonly Action[] = []): Decision => ({
  next: trigger,
  actions,
});
export const confirm: Rule = (trigger) => wait(trigger, [{ type: 'confirm' }]);

/** The plays that are due for this trigger: none once the pipeline cannot succeed any more. */
export function duePlays(
  trigger: RunningTrigger,
  { status, jobs, lostAs }: Pick<Observation, 'status' | 'jobs' | 'lostAs'>,
): readonly PlayedJob[] {
  const { request, played, cancel } = trigger;
  if (jobs === null || cancel !== null || lostAs !== undefined || isLost(jobs)) return [];
  const playedIds = new Set(played.map(({ id }) => id));
  const unplayed = jobs.filter(({ id }) => !playedIds.has(id));
  if (playsOneByOne(request)) return firstToPlay(status, unplayed).map((job) => intendedPlay(request, job));
  return jobsToPlayBy(request, unplayed, heldJobFates(trigger)).map(({ job }) => plannedPlay(trigger, job));
}

/** A play that the rules have decided on, or an approval. */
export function plannedPlay(trigger: RunningTrigger, job: Job): PlayedJob {
  const { request } = trigger;
  return {
    ...intendedPlay(request, job),
    ...(ruleFor(request, job)?.when === 'playable' ? { isEarly: true } : {}),
    ...(isApprovedJob(trigger, job.id) ? { isApproved: true } : {}),
  };
}

export const playsOneByOne = ({ manual, onManual, jobs, playOneByOne }: RunningTrigger['request']): boolean =>
  playOneByOne === true && onManual === 'play' && jobs === null && manual === undefined;

/** A pipeline is `skipped` when all jobs that could start are optional manual jobs: playing the first one starts it. */
function firstToPlay(status: string, jobs: readonly Job[]): readonly Job[] {
  if (status === 'skipped') return jobs.filter(isPlayable).slice(0, 1);
  return status === 'manual' ? jobs.filter(isBlocking).slice(0, 1) : [];
}

/** A play that the service has decided on. */
export function intendedPlay(request: ManualRequest, job: Job): PlayedJob {
  const { id, name, stage, pipelineId } = job;
  const sender = senderFor(request, job);
  const play = { id, name, stage, progress: 'intended', refusal: null } as const;
  const where = pipelineId === undefined ? play : { ...play, pipelineId };
  return sender === undefined ? where : { ...where, sender };
}

/** Records that these jobs are to be played, and requests the plays. */
export function play(trigger: RunningTrigger, plays: readonly PlayedJob[]): Decision {
  const others = trigger.played.filter(({ id }) => !plays.some((job) => job.id === id));
  return { next: { ...trigger, played: [...others, ...plays] }, actions: [{ type: 'play' }] };
}

/** Whether nothing moves but what was played for this trigger. */
const isAtRestBesidesOwn = ({ played }: RunningTrigger, { status, jobs }: Observation): boolean =>
  jobs !== null && standsStill({ status, jobs }, new Set(played.map(({ id }) => id)));

/** While the pipeline runs: plays only the jobs that a rule plays as soon as GitLab allows it. */
const keepWaiting: Rule = (trigger, observation) => {
  const released = releasedIds(trigger);
  const rests = isAtRestBesidesOwn(trigger, observation);
  const plays = duePlays(trigger, observation).filter(
    ({ id, isEarly }) => isEarly === true || (rests && released.has(id)),
  );
  if (plays.length > 0) return play(trigger, plays);
  return wait(observation.asked && observation.current ? withoutGrace(trigger) : trigger);
};

/**
 * In a pipeline at a standstill: plays the jobs that are to be played; without any, applies the given rule.
 * Status and jobs may be of two moments: while a job is under way, its end is awaited.
 */
const playOr =
  (otherwise: Rule): Rule =>
  (trigger, observation) => {
    const plays = duePlays(trigger, observation);
    if (plays.length === 0) return otherwise(trigger, observation);
    if (observation.jobs?.some(isUnderWay) === true) return keepWaiting(trigger, observation);
    return observation.asked && !observation.current ? confirm(trigger, observation) : play(trigger, plays);
  };

/** A webhook shows no bridges, and not always the jobs: a named job that it does not show may still be waiting. */
const mayHideNamedJobs = ({ request }: RunningTrigger, { asked, jobs }: Observation): boolean =>
  !asked && namedToPlay(request).some((name) => jobs?.every((job) => job.name !== name) ?? true);

const succeed: Rule = (trigger, observation) => {
  const hidesJobs = mayHideNamedJobs(trigger, observation);
  if (!observation.current || hidesJobs) return confirm(trigger, observation);
  return finish(trigger, 'success', observation.at);
};

/** A final status can be temporary (a job about to be retried) or old: only an answer of GitLab's API proves it. */
export const endAs = (outcome: Outcome): Rule =>
  function end(trigger, observation) {
    if (!observation.asked || !observation.current) return confirm(trigger, observation);
    const reason = outcome === 'canceled' ? (trigger.cancel?.reason ?? null) : null;
    return finish(trigger, outcome, observation.at, { reason, failedJobs: observation.failedJobs });
  };

/** Records that these failed jobs are to be retried, and requests the retries. */
const retryJobs = (trigger: RunningTrigger, due: readonly RetriedJob[]): Decision => ({
  next: { ...trigger, retriedJobs: [...retriedJobsOf(trigger), ...due] },
  actions: [{ type: 'retryJobs' }],
});

/** A failed pipeline is watched for a while, where the caller has asked for it: somebody may retry it in GitLab. */
function graceOf(trigger: RunningTrigger, at: number): FailureGrace | null {
  const { request, cancel, grace, deadlineAt } = trigger;
  const { failureGraceSeconds = 0 } = request;
  if (cancel !== null || failureGraceSeconds === 0) return null;
  const known = grace ?? { until: Math.min(at + failureGraceSeconds * 1000, deadlineAt) };
  return known.isOver === true || at >= known.until ? null : known;
}

/** The pipeline has failed: what the infrastructure broke is retried, and the rest is the verdict after a while. */
export const fail: Rule = (trigger, observation) => {
  const { asked, current, at, failedJobs } = observation;
  if (!asked || !current) return confirm(trigger, observation);
  const jobs = observation.jobs ?? [];
  const due = dueRetries(trigger, jobs, at);
  if (due.length > 0) return retryJobs(trigger, due);
  if (isRetryUnderWay(trigger, jobs)) return wait(trigger);
  const grace = graceOf(trigger, at);
  if (grace !== null) return wait(trigger.grace === grace ? trigger : { ...trigger, grace });
  return finish(trigger, 'failed', at, { reason: retryRefusals(trigger), failedJobs });
};

/** What a pipeline comes to that cannot succeed, though GitLab does not show that yet. */
export const loseAs = (lostAs: Family['lostAs']): Rule => (lostAs === 'failed' ? fail : endAs(lostAs));

const refusalsOf = (played: readonly PlayedJob[]): readonly string[] =>
  played.flatMap(({ name, refusal }) => (refusal === null ? [] : [`${name}: ${refusal}`]));

/** The jobs that GitLab refused to play for this trigger, and that still wait. */
const refusedPlays = ({ played }: RunningTrigger, jobs: readonly Job[]): readonly PlayedJob[] =>
  played.filter(
    ({ id, progress, isRequested }) =>
      progress === 'refused' && isRequested !== true && jobs.some((job) => job.id === id && isPlayable(job)),
  );

/** A pipeline that ends without a job that was to be played has not done its task. */
const refusedOr =
  (otherwise: Rule): Rule =>
  (trigger, observation) => {
    const refused = trigger.cancel === null ? refusedPlays(trigger, observation.jobs ?? []) : [];
    if (refused.length === 0) return otherwise(trigger, observation);
    if (!observation.asked || !observation.current) return confirm(trigger, observation);
    return finish(trigger, 'manual', observation.at, { reason: refusalsOf(refused).join('; ') });
  };

/** An optional job that a rule leaves to an approval is waited for, though the pipeline has ended without it. */
const approvedOr =
  (otherwise: Rule): Rule =>
  (trigger, observation) => {
    const { request, played } = trigger;
    const { jobs, asked, current, at } = observation;
    const playedIds = new Set(played.map(({ id }) => id));
    const fate = whenOptionalWaits(request, jobs ?? [], playedIds, heldJobFates(trigger));
    if (fate === null || trigger.cancel !== null) return otherwise(trigger, observation);
    if (fate === 'wait') return wait(trigger);
    if (!asked || !current) return confirm(trigger, observation);
    if (fate === 'pass') return finish(trigger, 'manual_passed', at);
    return finish(trigger, 'manual', at, { reason: timeoutReasons(trigger).join('; ') });
  };

function blockedReason(trigger: RunningTrigger, { jobs, ofChildren = [] }: Observation): string {
  const blocking = (jobs ?? []).filter(isBlocking);
  const waiting =
    blocking.length > 0 ? `waiting for manual jobs: ${namesOf(blocking)}` : 'waiting for a manual job';
  const where = ofChildren.length === 0 ? '' : ` in child pipelines: ${listOf(ofChildren)}`;
  const foreign = ofChildren.filter((child) => !mayPlayIn(trigger, child));
  const denied = foreign.length === 0 ? [] : [`the caller may not trigger the project of ${listOf(foreign)}`];
  return [`${waiting}${where}`, ...denied, ...timeoutReasons(trigger), ...refusalsOf(trigger.played)].join(
    '; ',
  );
}

const listOf = (children: Family['children']): string =>
  clipList(
    children.map(({ bridge }) => bridge.name),
    shownChildren,
  );

/** A reason names so many of the pipelines that a job waits in. */
const shownChildren = { most: 5, longest: 100 };

export const stayBlocked: Rule = (trigger, observation) => {
  const { request, played } = trigger;
  const { jobs, asked, current, at, ofChildren } = observation;
  if (jobs === null || !current) return confirm(trigger, observation);
  // A job that is still to come may be one to play. Jobs that do not explain the status prove nothing.
  if (mayPlay(request) && jobs.some(isBlocking) && jobs.some(isUnderWay)) return wait(trigger);
  const fate = whenBlocked(request, jobs, new Set(played.map(({ id }) => id)), heldJobFates(trigger));
  if (fate === 'wait') return wait(trigger);
  // A webhook does not show bridges: only GitLab's answer shows what blocks, and that nothing is left to play.
  const isCertain =
    ofChildren === undefined && request.manual === undefined && isCertainByHook(request.onManual, jobs);
  if (!asked && !isCertain) return confirm(trigger, observation);
  if (fate === 'pass') return finish(trigger, 'manual_passed', at);
  return finish(trigger, 'manual', at, { reason: blockedReason(trigger, observation) });
};

/** Where every blocking job leads to the same outcome, one known job is enough; `pass` for all needs none. */
const isCertainByHook = (onManual: OnManual, jobs: readonly Job[]): boolean =>
  onManual === 'pass' || (onManual === 'fail' && jobs.some(isBlocking));

/** GitLab shows `manual` even when a required job has failed already: the pipeline cannot succeed, so play no more. */
const block: Rule = (trigger, observation) => {
  if (observation.jobs === null) return confirm(trigger, observation);
  if (observation.jobs.some(isRequiredFailure)) return fail(trigger, observation);
  if (trigger.cancel === null && observation.lostAs !== undefined)
    return loseAs(observation.lostAs)(trigger, observation);
  // A cancellation leaves manual jobs waiting, and with them the pipeline `manual`.
  if (trigger.cancel !== null || isLost(observation.jobs)) return endAs('canceled')(trigger, observation);
  return playOr(stayBlocked)(trigger, observation);
};

/** What each status of a pipeline means for a waiting caller. All other statuses: keep waiting. */
const ruleOf = {
  created: keepWaiting,
  waiting_for_resource: keepWaiting,
  preparing: keepWaiting,
  waiting_for_callback: keepWaiting,
  pending: keepWaiting,
  running: keepWaiting,
  scheduled: keepWaiting,
  canceling: (trigger) => wait(trigger),
  success: playOr(refusedOr(approvedOr(succeed))),
  failed: fail,
  canceled: endAs('canceled'),
  // GitLab shows `skipped` when all that could start are optional manual jobs.
  skipped: playOr(refusedOr(approvedOr(endAs('skipped')))),
  manual: block,
} as const satisfies Record<KnownStatus, Rule>;

/** An action of the service is under way: the observation may be older than its effect. */
export const isActing = (trigger: RunningTrigger): boolean =>
  trigger.retry?.progress === 'wanted' ||
  isRetrying(trigger) ||
  trigger.played.some(({ progress }) => progress === 'intended');

/** What follows from a status of the pipeline, whatever its child pipelines do. */
export const ruleOfStatus = (status: string): Rule => (isKnownStatus(status) ? ruleOf[status] : keepWaiting);

/** Whether every played job is shown as ended, which only an observation after the play can show. */
const showsPlayedJobsEnded = ({ retry, played }: RunningTrigger, jobs: readonly Job[]): boolean =>
  retry === null &&
  played.every(
    ({ id, progress }) => progress === 'refused' || jobs.some((job) => job.id === id && isComplete(job)),
  );

/** An observation by webhook. */
export const observationFromHook = (
  trigger: RunningTrigger,
  { status, jobs }: PipelineSnapshot,
  at: number,
): Observation => ({
  at,
  status,
  jobs,
  failedJobs: failedJobsOf(jobs ?? []),
  asked: false,
  current: trigger.epoch === 0 || (jobs !== null && showsPlayedJobsEnded(trigger, jobs)),
});
