import type { Action, Decision, PipelineSnapshot } from './event.ts';
import { finish } from './finish.ts';
import type { FailedJob, Job } from './job.ts';
import {
  failedJobsOf,
  isBlocking,
  isComplete,
  isPlayable,
  isRequiredFailure,
  isUnderWay,
  playableOf,
} from './job.ts';
import { isLost } from './standstill.ts';
import type { KnownStatus } from './status.ts';
import { isKnownStatus } from './status.ts';
import type { Outcome, PlayedJob, RunningTrigger } from './trigger.ts';
import { namesJobsToPlay } from './trigger.ts';

/** A pipeline as we saw it just now, and how much that proves. */
export interface Observation {
  readonly at: number;
  readonly status: string;
  /** Null when the jobs are not known well enough to evaluate by. */
  readonly jobs: readonly Job[] | null;
  readonly failedJobs: readonly FailedJob[];
  /** GitLab was asked, so the jobs are all there; a hook leaves out bridges and may mix two moments. */
  readonly asked: boolean;
  /** It was seen after everything that we did to the pipeline took effect. */
  readonly current: boolean;
}

type Rule = (trigger: RunningTrigger, observation: Observation) => Decision;

const wait = (trigger: RunningTrigger, actions: readonly Action[] = []): Decision => ({
  next: trigger,
  actions,
});
const confirm: Rule = (trigger) => wait(trigger, [{ type: 'confirm' }]);

/** The manual jobs that this trigger is to play: none once the pipeline cannot succeed any more. */
function jobsToPlay(
  { request, played, cancel }: RunningTrigger,
  { status, jobs }: Observation,
): readonly Job[] {
  if (jobs === null || request.onManual !== 'play' || cancel !== null || isLost(jobs)) return [];
  const playedIds = new Set(played.map(({ id }) => id));
  const unplayed = jobs.filter(({ id }) => !playedIds.has(id));
  const isOneByOne = request.playOneByOne === true && request.jobs === null;
  return isOneByOne ? firstToPlay(status, unplayed) : playableOf(unplayed, request.jobs);
}

/** A pipeline that is `skipped` got nowhere since all of its manual jobs are optional: the first one sets it going. */
function firstToPlay(status: string, jobs: readonly Job[]): readonly Job[] {
  if (status === 'skipped') return jobs.filter(isPlayable).slice(0, 1);
  return status === 'manual' ? jobs.filter(isBlocking).slice(0, 1) : [];
}

const intend = ({ id, name, stage }: Job): PlayedJob => ({
  id,
  name,
  stage,
  progress: 'intended',
  refusal: null,
});

/** Writes down that these jobs are to be played, and has them played. */
export function play(
  trigger: RunningTrigger,
  jobs: readonly Job[],
  asked: Pick<PlayedJob, 'isRequested'> = {},
): Decision {
  const others = trigger.played.filter(({ id }) => !jobs.some((job) => job.id === id));
  const intended = jobs.map((job) => ({ ...intend(job), ...asked }));
  return { next: { ...trigger, played: [...others, ...intended] }, actions: [{ type: 'play' }] };
}

const keepWaiting: Rule = (trigger) => wait(trigger);

/**
 * In a pipeline that stands still: plays what is to be played; else goes on with the rule given.
 * Status and jobs may be of two moments: while a job is under way, what comes of it is waited for.
 */
const playOr =
  (otherwise: Rule): Rule =>
  (trigger, observation) => {
    const jobs = jobsToPlay(trigger, observation);
    if (jobs.length === 0) return otherwise(trigger, observation);
    if (observation.jobs?.some(isUnderWay) === true) return wait(trigger);
    return observation.asked && !observation.current ? confirm(trigger, observation) : play(trigger, jobs);
  };

/** A hook shows no bridges, and not always the jobs: a named job that it does not show may wait all the same. */
const mayHideNamedJobs = ({ request }: RunningTrigger, { asked, jobs }: Observation): boolean =>
  !asked && (request.jobs ?? []).some((name) => jobs?.every((job) => job.name !== name) ?? true);

const succeed: Rule = (trigger, observation) => {
  const hidesJobs = namesJobsToPlay(trigger) && mayHideNamedJobs(trigger, observation);
  if (!observation.current || hidesJobs) return confirm(trigger, observation);
  return finish(trigger, 'success', observation.at);
};

/** An end that can be a passing state (a job about to be retried) or an old one: only an answer of GitLab proves it. */
const endAs =
  (outcome: Outcome): Rule =>
  (trigger, observation) => {
    if (!observation.asked || !observation.current) return confirm(trigger, observation);
    const reason = outcome === 'canceled' ? (trigger.cancel?.reason ?? null) : null;
    return finish(trigger, outcome, observation.at, { reason, failedJobs: observation.failedJobs });
  };

const names = (jobs: readonly { readonly name: string }[]): string => jobs.map(({ name }) => name).join(', ');

const refusalsOf = (played: readonly PlayedJob[]): readonly string[] =>
  played.flatMap(({ name, refusal }) => (refusal === null ? [] : [`${name}: ${refusal}`]));

/** The jobs that GitLab refused to play for this trigger, and that still wait. */
const refusedPlays = ({ played }: RunningTrigger, jobs: readonly Job[]): readonly PlayedJob[] =>
  played.filter(
    ({ id, progress, isRequested }) =>
      progress === 'refused' && isRequested !== true && jobs.some((job) => job.id === id && isPlayable(job)),
  );

/** A pipeline that ends without a job that was to be played has not done what it was triggered for. */
const refusedOr =
  (otherwise: Rule): Rule =>
  (trigger, observation) => {
    const refused = trigger.cancel === null ? refusedPlays(trigger, observation.jobs ?? []) : [];
    if (refused.length === 0) return otherwise(trigger, observation);
    if (!observation.asked || !observation.current) return confirm(trigger, observation);
    return finish(trigger, 'manual', observation.at, { reason: refusalsOf(refused).join('; ') });
  };

function blockedReason({ played }: RunningTrigger, jobs: readonly Job[]): string {
  const blocking = jobs.filter(isBlocking);
  const waiting =
    blocking.length > 0 ? `waiting for manual jobs: ${names(blocking)}` : 'waiting for a manual job';
  return [waiting, ...refusalsOf(played)].join('; ');
}

const stayBlocked: Rule = (trigger, observation) => {
  const { onManual } = trigger.request;
  if (observation.jobs === null || !observation.current) return confirm(trigger, observation);
  // What is still to come may be a job to play. Jobs that do not explain the status prove nothing of the kind.
  const { jobs } = observation;
  if (onManual === 'play' && jobs.some(isBlocking) && jobs.some(isUnderWay)) return wait(trigger);
  if (onManual === 'pass') return finish(trigger, 'manual_passed', observation.at);
  // A hook does not show bridges: only GitLab's answer says what blocks, and that there is nothing left to play.
  const isShown = onManual === 'fail' && observation.jobs.some(isBlocking);
  if (!observation.asked && !isShown) return confirm(trigger, observation);
  return finish(trigger, 'manual', observation.at, { reason: blockedReason(trigger, observation.jobs) });
};

/** GitLab calls a pipeline `manual` even when a required job has failed already: it cannot succeed, so play no further. */
const block: Rule = (trigger, observation) => {
  if (observation.jobs === null) return confirm(trigger, observation);
  if (observation.jobs.some(isRequiredFailure)) return endAs('failed')(trigger, observation);
  // A cancellation leaves manual jobs waiting, and with them the pipeline `manual`.
  if (trigger.cancel !== null || isLost(observation.jobs)) return endAs('canceled')(trigger, observation);
  return playOr(stayBlocked)(trigger, observation);
};

/** What each status of a pipeline means for one who waits. Statuses that are not here: keep waiting. */
const ruleOf = {
  created: keepWaiting,
  waiting_for_resource: keepWaiting,
  preparing: keepWaiting,
  waiting_for_callback: keepWaiting,
  pending: keepWaiting,
  running: keepWaiting,
  scheduled: keepWaiting,
  canceling: keepWaiting,
  success: playOr(refusedOr(succeed)),
  failed: endAs('failed'),
  canceled: endAs('canceled'),
  // GitLab shows `skipped` when all that could start are optional manual jobs.
  skipped: playOr(refusedOr(endAs('skipped'))),
  manual: block,
} as const satisfies Record<KnownStatus, Rule>;

/** An action of ours is under way: what we see now may be from before it. */
const isActing = ({ retry, played }: RunningTrigger): boolean =>
  retry?.progress === 'wanted' || played.some(({ progress }) => progress === 'intended');

/** What follows from where the pipeline stands. */
export function follow(trigger: RunningTrigger, observation: Observation): Decision {
  if (isActing(trigger)) return wait(trigger);
  const rule = isKnownStatus(observation.status) ? ruleOf[observation.status] : keepWaiting;
  return rule(trigger, observation);
}

/** Whether every job that was played is seen to have ended, which can only be seen afterwards. */
const showsPlayedJobsEnded = ({ retry, played }: RunningTrigger, jobs: readonly Job[]): boolean =>
  retry === null &&
  played.every(
    ({ id, progress }) => progress === 'refused' || jobs.some((job) => job.id === id && isComplete(job)),
  );

/** What a hook shows. */
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
