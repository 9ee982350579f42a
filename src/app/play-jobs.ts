import { AppError } from '../domain/error.ts';
import type { JobId, TriggerId } from '../domain/ids.ts';
import { isPlayable } from '../domain/job.ts';
import type { RunningTrigger, Trigger } from '../domain/trigger.ts';
import { isRunning, projectOf } from '../domain/trigger.ts';
import type { AccessFor } from './access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Performer } from './perform.ts';
import type { Clock, GitLab, TriggerStore } from './ports.ts';
import { GitLabUnavailable } from './unavailable.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'claimPlay'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** `played`: it runs, or has run, whoever set it going. Anything else is a refusal, GitLab's in its words. */
type PlayResult = 'played' | { readonly refusal: string };

/**
 * Plays the jobs that were decided to be played, one after the other in their order.
 * GitLab runs a finished or canceled manual job once more when it is played, and the news that made us decide may be
 * old: so a job is played only where GitLab shows it waiting, and claimed first, as triggers may share a pipeline.
 */
export function playJobsWith({ store, accessFor, applyEvent, clock, signal }: Deps): Performer {
  /** The jobs that wait to be played. Not looked at one by one: alone GitLab shows no bridge. */
  async function waitingJobs(gitlab: GitLab, trigger: RunningTrigger): Promise<ReadonlySet<JobId>> {
    const { pipeline } = trigger.state;
    const { jobs } = await gitlab.readPipeline(projectOf(trigger, pipeline), pipeline.id, { traces: false });
    return new Set(jobs.filter(isPlayable).map(({ id }) => id));
  }

  async function playOne(gitlab: GitLab, trigger: RunningTrigger, jobId: JobId): Promise<PlayResult> {
    const claim = await store.claimPlay(trigger.request.gitlabUrl, jobId, trigger.id);
    if (claim === 'other') return 'played';
    try {
      await gitlab.playJob(projectOf(trigger, trigger.state.pipeline), jobId);
      return 'played';
    } catch (error) {
      // One that may still be carried out must have been before the next one: by then the job may have ended.
      if (error instanceof GitLabUnavailable) await clock.sleep(error.unanswered.settleMs ?? 0, signal);
      const refused = refusalOf(error);
      // "400 Unplayable Job" is also what one gets when a person was faster.
      const wasOvertaken = !(await waitingJobs(gitlab, trigger)).has(jobId);
      return wasOvertaken ? 'played' : refused;
    }
  }

  /** How to play the jobs of a trigger, as GitLab shows them now. */
  async function playerFor(trigger: RunningTrigger): Promise<(id: JobId) => Promise<PlayResult>> {
    const { gitlab, mayRead } = await accessFor(trigger);
    if (!mayRead) return () => Promise.resolve(noToken);
    try {
      const waiting = await waitingJobs(gitlab, trigger);
      return async (id) => (waiting.has(id) ? playOne(gitlab, trigger, id) : 'played');
    } catch (error) {
      const refused = refusalOf(error);
      return () => Promise.resolve(refused);
    }
  }

  function settle(id: TriggerId, jobId: JobId, result: PlayResult): Promise<Trigger> {
    const at = clock.now();
    return applyEvent(
      id,
      result === 'played'
        ? { type: 'jobPlayed', at, jobId }
        : { type: 'playRefused', at, jobId, reason: result.refusal },
    );
  }

  return async function playJobs(trigger) {
    const intended = trigger.played.filter(({ progress }) => progress === 'intended');
    if (!isRunning(trigger) || intended.length === 0) return;
    const playJob = await playerFor(trigger);
    let current: Trigger = trigger;
    for (const { id } of intended) {
      // While the one before was played, the trigger may have been ended or canceled.
      if (!isRunning(current)) return;
      current = await settle(trigger.id, id, current.cancel === null ? await playJob(id) : givenUp);
    }
  };
}

const noToken: PlayResult = { refusal: 'there is no GitLab token to play it' };
const givenUp: PlayResult = { refusal: 'canceled before it was played' };

/** @throws what is no refusal of GitLab */
function refusalOf(error: unknown): PlayResult {
  if (error instanceof AppError && (error.code === 'gitlab_refused' || error.code === 'not_found'))
    return { refusal: error.message };
  throw error;
}
