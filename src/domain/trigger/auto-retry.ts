import { namesOf } from '../text.ts';
import type { Decision, EventOf } from './event.ts';
import { failureReasonOf, isRetriable } from './failure-reasons.ts';
import { unchanged } from './finish.ts';
import type { Job } from './job.ts';
import type { RetriedJob } from './retried-job.ts';
import { isComplete, isRequiredFailure } from './job.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

export const retriedJobsOf = ({ retriedJobs = [] }: Trigger): readonly RetriedJob[] => retriedJobs;

/** Whether the service is about to retry jobs by itself. */
export const isRetrying = (trigger: Trigger): boolean =>
  retriedJobsOf(trigger).some(({ progress }) => progress === 'intended');

/** Nobody has to be waited for: the pipeline runs again. */
export function withoutGrace<T extends Trigger>(trigger: T): T {
  if (trigger.grace === undefined) return trigger;
  const { grace: _grace, ...rest } = trigger;
  return rest as T;
}

/** Only a job can be retried by itself: a bridge would start another pipeline. */
const isBridge = ({ downstream }: Job): boolean => downstream !== undefined;

/**
 * The retries that a failed pipeline calls for: of all required jobs that failed in it, or none where one of them cannot
 * be helped, since the pipeline would fail in any case.
 */
export function dueRetries(trigger: RunningTrigger, jobs: readonly Job[], at: number): readonly RetriedJob[] {
  const { autoRetry } = trigger.request;
  if (autoRetry === undefined || trigger.cancel !== null) return [];
  const failed = jobs.filter(isRequiredFailure);
  const before = retriedJobsOf(trigger);
  const mayBeRetried = (job: Job): boolean =>
    !isBridge(job) &&
    isRetriable(job.failureReason, autoRetry.reasons) &&
    before.every(({ id }) => id !== job.id) &&
    before.filter(({ name }) => name === job.name).length < autoRetry.max;
  if (!failed.every(mayBeRetried)) return [];
  return failed.map((job) => ({
    id: job.id,
    name: job.name,
    reason: failureReasonOf(job),
    progress: 'intended',
    refusal: null,
    at,
  }));
}

/** Whether a job that the service has retried is still to end: GitLab shows its pipeline as failed for a moment longer. */
export function isRetryUnderWay(trigger: Trigger, jobs: readonly Job[]): boolean {
  const done = retriedJobsOf(trigger).filter(({ progress }) => progress === 'done');
  const names = new Set(done.map(({ name }) => name));
  // A job that was retried has another in its place: who still shows it is behind.
  const ids = new Set(done.map(({ id }) => id));
  return jobs.some((job) => ids.has(job.id) || (names.has(job.name) && !isComplete(job)));
}

/** Why the jobs of a failed pipeline were not retried, where they were to be. */
export function retryRefusals(trigger: Trigger): string | null {
  const refused = retriedJobsOf(trigger).filter(({ refusal }) => refusal !== null);
  const [first] = refused;
  return first === undefined ? null : `${namesOf(refused)} was not retried: ${first.refusal ?? ''}`;
}

/** GitLab, or the project's budget, has answered a retry. What follows is decided by reading the pipeline. */
export function settleJobRetry(
  trigger: Trigger,
  { jobId, refusal, at }: EventOf<'jobRetryAnswered'>,
): Decision {
  const isOpen = ({ id, progress }: RetriedJob): boolean => id === jobId && progress === 'intended';
  if (!retriedJobsOf(trigger).some(isOpen)) return unchanged(trigger);
  const progress = refusal === null ? 'done' : 'refused';
  const retriedJobs = retriedJobsOf(trigger).map((job) =>
    isOpen(job) ? ({ ...job, progress, refusal } as const) : job,
  );
  const next: Trigger = {
    ...withoutGrace(trigger),
    retriedJobs,
    epoch: trigger.epoch + 1,
    updatedAt: at,
    lastError: null,
  };
  // GitLab may have canceled the pipeline before it retried the job.
  if (progress === 'done' && isRunning(next) && next.cancel !== null)
    return {
      next: { ...next, cancel: { ...next.cancel, progress: 'wanted' } },
      actions: [{ type: 'cancel' }],
    };
  return { next, actions: isRunning(next) && !isRetrying(next) ? [{ type: 'confirm' }] : [] };
}
