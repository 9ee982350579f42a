import type { Actor } from '../../domain/access/caller.ts';
import type { JobId } from '../../domain/ids.ts';
import type { RetriedJob } from '../../domain/trigger/retried-job.ts';
import { retriedJobsOf } from '../../domain/trigger/auto-retry.ts';
import type { RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, projectOf } from '../../domain/trigger/trigger.ts';
import type { Audit } from '../access/audit.ts';
import { GitLabUnavailable, isLasting, isRefusal } from '../ports/gitlab-unavailable.ts';
import type { Clock, GitLab, TriggerStore } from '../ports/index.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { AccessFor } from './gitlab-access.ts';
import type { Performer } from './perform.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'claimRetries' | 'find'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly audit: Pick<Audit, 'note'>;
  /** `AUTO_RETRY_BUDGET`: retries of single jobs in one project a day. */
  readonly budget: number;
}

/** The service itself, by a request of its caller. */
const actorOf = ({ caller }: Trigger): Actor => ({ id: caller, from: 'autoRetry' });

/**
 * Retries the failed jobs marked `intended`. Safe to repeat: GitLab retries a job once, since its retry is another job.
 * Jobs that another trigger of the same pipeline has retried, or a person, count as retried.
 */
export function createRetryJobs(deps: Deps): Performer {
  const { store, accessFor, applyEvent, clock, signal, audit, budget } = deps;

  /** A status that somebody has set keeps the pipeline failed, whatever its jobs do. Where GitLab shows none, none counts. */
  async function isFailedFromOutside(gitlab: GitLab, trigger: RunningTrigger): Promise<boolean> {
    const { pipeline } = trigger.state;
    const project = projectOf(trigger, pipeline);
    try {
      const { sha } = await gitlab.showPipeline(project, pipeline.id);
      return await gitlab.hasFailedStatus(project, { sha, pipelineId: pipeline.id }, trigger.jobs);
    } catch (error) {
      if (!isRefusal(error) || isLasting(error)) throw error;
      return false;
    }
  }

  async function isCanceled({ id }: RunningTrigger): Promise<boolean> {
    const stored = await store.find(id);
    return stored === undefined || !isRunning(stored.trigger) || stored.trigger.cancel !== null;
  }

  async function refusalOf(
    gitlab: GitLab,
    trigger: RunningTrigger,
    { id }: RetriedJob,
  ): Promise<string | null> {
    const { pipeline } = trigger.state;
    const project = projectOf(trigger, pipeline);
    if (await isCanceled(trigger)) return 'canceled before';
    try {
      await gitlab.retryJob(project, id);
      return null;
    } catch (error) {
      // A request that may still be carried out must be over before the next one.
      if (error instanceof GitLabUnavailable) await clock.sleep(error.unanswered.inDoubtMs ?? 0, signal);
      // A wrong setting may be fixed: until then GitLab has refused nothing.
      if (!isRefusal(error) || isLasting(error)) throw error;
      const { jobs } = await gitlab.readPipeline(project, pipeline.id, { traces: false, bridges: false });
      return jobs.some((job) => job.id === id) ? error.message : null;
    }
  }

  async function claim(trigger: RunningTrigger, jobs: readonly RetriedJob[]) {
    const { pipeline } = trigger.state;
    return store.claimRetries({
      gitlabUrl: trigger.request.gitlabUrl,
      project: projectOf(trigger, pipeline),
      triggerId: trigger.id,
      jobIds: jobs.map(({ id }) => id),
      at: clock.now(),
      budget,
    });
  }

  return async function retryJobs(trigger) {
    const jobs = retriedJobsOf(trigger).filter(({ progress }) => progress === 'intended');
    if (!isRunning(trigger) || jobs.length === 0) return;
    const answer = (jobId: JobId, refusal: string | null): Promise<unknown> =>
      applyEvent(trigger.id, { type: 'jobRetryAnswered', at: clock.now(), jobId, refusal });
    const refuseAll = async (refusal: string): Promise<void> => {
      for (const { id } of jobs) await answer(id, refusal);
    };
    if (trigger.cancel !== null) return refuseAll('canceled before');
    const { gitlab, mayRead } = await accessFor(trigger);
    if (!mayRead) return refuseAll('there is no GitLab token to do so');
    if (await isFailedFromOutside(gitlab, trigger)) return refuseAll('a commit status has failed as well');
    const claimed = await claim(trigger, jobs);
    if (claimed === 'spent')
      return refuseAll(`the project has used up its AUTO_RETRY_BUDGET of ${budget} retries a day`);
    const details = { jobs: jobs.map(({ name }) => name), reasons: jobs.map(({ reason }) => reason) };
    await audit.note(actorOf(trigger), 'trigger.auto_retry', trigger.id, details);
    for (const job of jobs)
      await answer(job.id, claimed.has(job.id) ? await refusalOf(gitlab, trigger, job) : null);
  };
}
