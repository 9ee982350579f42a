import type { Action, Decision, EventOf, PipelineSnapshot, TriggerEvent } from './event.ts';
import { isRetrying, settleJobRetry } from './auto-retry.ts';
import { withEndSeen } from './end-seen.ts';
import { decideEnding, endWithOutputs, holdEnd } from './ending.ts';
import { finish, unchanged } from './finish.ts';
import { isSameEnvironment, withEnvironments } from './environments.ts';
import type { Observation } from './follow-pipeline.ts';
import { follow } from './follow-family.ts';
import { observationFromHook } from './follow-pipeline.ts';
import type { FailedJob, Job } from './job.ts';
import { failedJobsOf, isOlderThan, withJob } from './job.ts';
import { reportActions, updateReport, withReports } from './upstream-reports.ts';
import { mentionChild, seeChild, withChildReadings, withOwnBridges } from './see-child.ts';
import { shiftTimes } from './clock-rollback.ts';
import { mayPlay, mayPlayEarly, namedToPlay } from './manual-rules.ts';
import { observed } from './observed.ts';
import {
  abandonRetry,
  refuseRetry,
  settleCancel,
  settlePlay,
  settleRetry,
  withholdCancel,
  withoutPostponed,
} from './settle.ts';
import { abandonStart, findToRetry, noteCandidate, refuseStart, markStarted, tryStart } from './start.ts';
import { passDeadline, requestCancel, requestPlay, requestRetry } from './steer.ts';
import { passTimeouts, playApproved, rejectHeldJobs } from './decide-held-jobs.ts';
import { queueMember, skipMember, startMember } from './membership.ts';
import { phase } from './status.ts';
import { failCall, hasOpenCall, missPipeline, refuseRead } from './failed-calls.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning, isWaitingMember, pipelineOf, inDoubtOf, withLastHook } from './trigger.ts';

/**
 * Decides what follows from an event: the next state of the trigger, and the actions to perform once it is stored.
 * Pure. An event that is repeated, late or about another pipeline changes nothing: the same object is returned.
 */
export const decide = (trigger: Trigger, event: TriggerEvent): Decision =>
  withReports(
    trigger,
    decideEnding(trigger, event, decideOn) ??
      holdEnd(trigger, event, withEndSeen(trigger, decideOn(trigger, event), event)),
  );

// eslint-disable-next-line max-lines-per-function -- one line for each event
function decideOn(trigger: Trigger, event: TriggerEvent): Decision {
  switch (event.type) {
    case 'pipelineStarted':
      return markStarted(withMark(trigger, event), event.pipeline, event.at, []);
    case 'candidateFound':
      return noteCandidate(trigger, event);
    case 'pipelineFound':
      return findToRetry(trigger, event);
    case 'startTried':
      return tryStart(trigger, event);
    case 'startRefused':
      return refuseStart(trigger, event);
    case 'startAbandoned':
      return abandonStart(trigger, event.at);
    case 'pipelineSeen':
      return seePipeline(trigger, event);
    case 'pipelineRead':
      return readPipeline(trigger, event);
    case 'pipelineListed':
      return listPipeline(trigger, event);
    case 'pipelineGone':
      return missPipeline(trigger, event.at);
    case 'readRefused':
      return refuseRead(trigger, event);
    case 'callFailed':
      return failCall(trigger, event);
    case 'pipelineMentioned':
      return isRunning(trigger) ? { next: trigger, actions: [{ type: 'confirm' }] } : unchanged(trigger);
    case 'childSeen':
      return seeChild(trigger, event);
    case 'childMentioned':
      return mentionChild(trigger, event);
    case 'jobSeen':
      return seeJob(trigger, event);
    case 'jobPlayed':
      return settlePlay(trigger, event.jobId, { progress: 'played' }, event.at);
    case 'playRefused':
      return settlePlay(trigger, event.jobId, { progress: 'refused', refusal: event.reason }, event.at);
    case 'playPostponed':
      return isRunning(trigger) ? readPipeline(withoutPostponed(trigger), event) : unchanged(trigger);
    case 'tracesRead':
      return noteTraces(trigger, event.failedJobs);
    case 'retryDone':
      return settleRetry(trigger, event.at);
    case 'retryRefused':
      return refuseRetry(trigger, event);
    case 'retryAbandoned':
      return abandonRetry(trigger, event.at);
    case 'jobRetryAnswered':
      return settleJobRetry(trigger, event);
    case 'cancelDone':
      return settleCancel(trigger, event.at);
    case 'cancelWithheld':
      return withholdCancel(trigger, event);
    case 'deadlinePassed':
      return passDeadline(trigger, event.at);
    case 'clockSetBack':
      return shiftTimes(trigger, event.at);
    case 'timeoutPassed':
      return passTimeouts(trigger, event.at);
    case 'approvalGiven':
      return playApproved(trigger, event);
    case 'approvalRejected':
      return rejectHeldJobs(trigger, event);
    case 'cancelRequested':
      return requestCancel(trigger, event.reason, event.at);
    case 'upstreamCanceled':
      return trigger.request.cancelWithUpstream
        ? requestCancel(trigger, 'the upstream pipeline was canceled', event.at)
        : unchanged(trigger);
    case 'playRequested':
      return requestPlay(trigger, event);
    case 'retryRequested':
      return requestRetry(trigger, event.at);
    case 'memberStarted':
      return startMember(trigger, event.at);
    case 'memberSkipped':
      return skipMember(trigger, event);
    case 'memberQueued':
      return queueMember(trigger, event);
    case 'reportUpdated':
      return updateReport(trigger, event);
    case 'outputsRead':
      return endWithOutputs(trigger, event);
    case 'resolved':
      return finish(trigger, event.outcome, event.at, { reason: event.reason });
    default:
      return event satisfies never;
  }
}

/** The actions that a stored trigger still needs: every action but a read is stored in it before it is performed. */
export const outstanding = (trigger: Trigger): readonly Action[] => [
  ...outstandingInPipeline(trigger),
  ...reportActions(trigger),
];

function outstandingInPipeline(trigger: Trigger): readonly Action[] {
  if (isWaitingMember(trigger)) return [];
  if (trigger.state.kind === 'requested' || inDoubtOf(trigger) !== null) return [{ type: 'start' }];
  const wanted: Action[] = [];
  if (trigger.cancel?.progress === 'wanted' && pipelineOf(trigger) !== null) wanted.push({ type: 'cancel' });
  if (!isRunning(trigger)) return wanted;
  if (trigger.ending !== undefined) return [{ type: 'readOutputs' }];
  if (trigger.retry?.progress === 'wanted') wanted.push({ type: 'retry' });
  if (isRetrying(trigger)) wanted.push({ type: 'retryJobs' });
  if (trigger.played.some(({ progress }) => progress === 'intended')) wanted.push({ type: 'play' });
  return wanted.length > 0 ? wanted : [{ type: 'confirm' }];
}

const sameJobs = (some: readonly Job[], others: readonly Job[]): boolean =>
  some.length === others.length &&
  some.every(({ id, status, environment }, index) => {
    const other = others[index];
    return other?.id === id && other.status === status && isSameEnvironment(environment, other.environment);
  });

/** What was seen, with all that is known of its jobs. */
const completed = <Seen extends PipelineSnapshot>(trigger: RunningTrigger, seen: Seen): Seen =>
  seen.jobs === null ? seen : { ...seen, jobs: withEnvironments(seen.jobs, trigger.jobs) };

/** The trigger after an observation of its pipeline. */
function noted(trigger: RunningTrigger, seen: PipelineSnapshot, at: number, isProof = true): RunningTrigger {
  const { pipeline } = trigger.state;
  const jobs = seen.jobs !== null && !sameJobs(trigger.jobs, seen.jobs) ? seen.jobs : trigger.jobs;
  const webUrl = pipeline.webUrl ?? seen.webUrl;
  if (jobs === trigger.jobs && webUrl === pipeline.webUrl && seen.status === pipeline.status) return trigger;
  const state = { kind: 'running', pipeline: { ...pipeline, status: seen.status, webUrl } } as const;
  return { ...trigger, state, jobs, updatedAt: at, ...observed(trigger, at, isProof) };
}

const isOfAnotherPipeline = (trigger: Trigger, seen: PipelineSnapshot): boolean =>
  pipelineOf(trigger)?.id !== seen.id;

const withMark = (trigger: Trigger, { carriesNoId }: EventOf<'pipelineStarted'>): Trigger =>
  carriesNoId === true && trigger.state.kind === 'requested' ? { ...trigger, carriesNoId } : trigger;

/** A webhook that proves nothing still shows progress; anything that follows from it has to be confirmed by GitLab. */
function seePipeline(
  trigger: Trigger,
  { pipeline: shown, at, isProof = false }: EventOf<'pipelineSeen'>,
): Decision {
  if (!isRunning(trigger) || isOfAnotherPipeline(trigger, shown)) return unchanged(trigger);
  const pipeline = completed(trigger, shown);
  if (pipeline.jobs !== null && isOlderThan(pipeline.jobs, trigger.jobs)) return unchanged(trigger);
  const decision = follow(
    withLastHook(trigger, noted(trigger, pipeline, at, isProof)),
    observationFromHook(trigger, pipeline, at),
  );
  const isProgress =
    isRunning(decision.next) && decision.actions.length === 0 && phase(pipeline.status) !== 'complete';
  if (isProof || isProgress) return decision;
  return { next: withShownEnvironments(trigger, pipeline), actions: [{ type: 'confirm' }] };
}

/** Where jobs deploy to is shown by hooks alone: what is read next does not say it again. */
function withShownEnvironments(trigger: RunningTrigger, { jobs }: PipelineSnapshot): RunningTrigger {
  const known = new Map(trigger.jobs.map((job) => [job.id, job.environment]));
  const isKnown = (job: Job): boolean =>
    job.environment === undefined || isSameEnvironment(job.environment, known.get(job.id));
  return jobs === null || jobs.every(isKnown) ? trigger : { ...trigger, jobs };
}

function readPipeline(
  trigger: Trigger,
  { pipeline: read, children = [], epoch, at, origin }: EventOf<'pipelineRead' | 'playPostponed'>,
): Decision {
  if (!isRunning(trigger) || isOfAnotherPipeline(trigger, read)) return unchanged(trigger);
  const pipeline = completed(trigger, read);
  const own = withOwnBridges(noted(trigger, pipeline, at), pipeline, at);
  const next = withChildReadings(own, children, at);
  // A read that a webhook caused counts as reported by the webhook.
  const known = origin?.why === 'hook' ? withLastHook(trigger, next) : next;
  const seen: RunningTrigger = { ...known, ...observed(trigger, at, true), ...shown(trigger) };
  if (pipeline.jobs === null && needsJobs(trigger, pipeline.status))
    return refuseRead(
      { ...seen, refusal: trigger.refusal },
      { at, reason: `its jobs are not shown: ${pipeline.jobsError}` },
    );
  const { status } = pipeline;
  const current = epoch === trigger.epoch;
  // The pipeline's status is the verdict; without its jobs only their names are missing, unless a webhook showed them.
  const jobs = pipeline.jobs ?? [];
  const isUnexplained = pipeline.jobs === null && pipeline.failedJobs.length === 0 && status === 'failed';
  const ownFailures = isUnexplained ? failedJobsOf(trigger.jobs) : pipeline.failedJobs;
  const theirs = children.flatMap((child) => ('failedJobs' in child ? child.failedJobs : []));
  const failedJobs = [...ownFailures, ...theirs];
  const missing = pipeline.jobs === null && isHeldUp(trigger, status) ? withoutJobs(pipeline.jobsError) : {};
  return follow({ ...seen, ...missing }, { at, status, jobs, failedJobs, asked: true, current });
}

/** Whether a job may be due that only the list of jobs shows, while the pipeline goes on. */
const isHeldUp = ({ request }: RunningTrigger, status: string): boolean =>
  phase(status) === 'alive' && mayPlayEarly(request);

const withoutJobs = (why: string): Pick<Trigger, 'lastError'> => ({
  lastError: `GitLab does not show the jobs, so none can be played: ${why}`,
});

/** GitLab shows the pipeline: earlier refusals to show it are over, but not a call of ours that it still refuses. */
const shown = (trigger: RunningTrigger) => ({
  refusal: hasOpenCall(trigger) ? trigger.refusal : null,
  lastError: hasOpenCall(trigger) ? trigger.lastError : null,
  goneSince: null,
});

/** Whether the jobs are needed besides the status: some may have to be played, or rules apply to those that block. */
const needsJobs = ({ request }: RunningTrigger, status: string): boolean =>
  (status === 'manual' && (request.manual !== undefined || mayPlay(request))) ||
  (status === 'skipped' && mayPlay(request)) ||
  (status === 'success' && namedToPlay(request).length > 0);

function listPipeline(trigger: Trigger, { pipeline, epoch, at }: EventOf<'pipelineListed'>): Decision {
  if (!isRunning(trigger) || isOfAnotherPipeline(trigger, pipeline)) return unchanged(trigger);
  const { status, jobs } = pipeline;
  const observation: Observation = {
    at,
    status,
    jobs,
    failedJobs: [],
    asked: false,
    current: epoch === trigger.epoch,
  };
  const seen = { ...noted(trigger, pipeline, at), ...observed(trigger, at, true), ...shown(trigger) };
  return follow(seen, observation);
}

function seeJob(trigger: Trigger, { job, at, isProof = false }: EventOf<'jobSeen'>): Decision {
  if (!isRunning(trigger)) return unchanged(trigger);
  const jobs = withJob(trigger.jobs, job);
  if (jobs === trigger.jobs) return unchanged(trigger);
  const next = { ...trigger, jobs, updatedAt: at, ...observed(trigger, at, isProof) };
  return { next: withLastHook(trigger, next), actions: [] };
}

const noteTraces = (trigger: Trigger, failedJobs: readonly FailedJob[]): Decision =>
  trigger.state.kind === 'finished'
    ? { next: { ...trigger, state: { ...trigger.state, failedJobs } }, actions: [] }
    : unchanged(trigger);
