import { AppError } from '../domain/error.ts';
import type { JobId } from '../domain/ids.ts';
import { isPlayable } from '../domain/job.ts';
import type { PlayedJob, RunningTrigger } from '../domain/trigger.ts';
import { isRunning, projectOf } from '../domain/trigger.ts';
import type { AccessFor } from './access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Performer } from './perform.ts';
import type { Clock, GitLab, TriggerStore } from './ports.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'claimPlay'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
}

/** `played`: it runs, whoever set it going. Anything else is GitLab's refusal, in its words. */
type PlayResult = 'played' | { readonly refusal: string };

/**
 * Plays the jobs that were decided to be played, one after the other in their order.
 * GitLab plays a finished manual job again, so a job is claimed before it is played, and read first when an earlier
 * play of it may have been carried out unseen.
 */
export function playJobsWith({ store, accessFor, applyEvent, clock }: Deps): Performer {
  async function playOne(gitlab: GitLab, trigger: RunningTrigger, jobId: JobId): Promise<PlayResult> {
    const { id, request } = trigger;
    const project = projectOf(trigger, trigger.state.pipeline);
    const claim = await store.claimPlay(request.gitlabUrl, jobId, id);
    if (claim === 'other') return 'played';
    if (claim === 'again' && !isPlayable(await gitlab.readJob(project, jobId))) return 'played';
    try {
      await gitlab.playJob(project, jobId);
      return 'played';
    } catch (error) {
      if (!(error instanceof AppError && (error.code === 'gitlab_refused' || error.code === 'not_found'))) throw error;
      // "400 Unplayable Job" is also what one gets when a person was faster.
      const wasOvertaken = !isPlayable(await gitlab.readJob(project, jobId));
      return wasOvertaken ? 'played' : { refusal: error.message };
    }
  }

  async function settle(trigger: RunningTrigger, { id }: PlayedJob, result: PlayResult): Promise<void> {
    const at = clock.now();
    await applyEvent(
      trigger.id,
      result === 'played'
        ? { type: 'jobPlayed', at, jobId: id }
        : { type: 'playRefused', at, jobId: id, reason: result.refusal },
    );
  }

  return async function playJobs(trigger) {
    if (!isRunning(trigger)) return;
    const { gitlab, mayRead } = await accessFor(trigger);
    for (const job of trigger.played.filter(({ progress }) => progress === 'intended')) {
      const result = mayRead ? await playOne(gitlab, trigger, job.id) : noToken;
      await settle(trigger, job, result);
    }
  };
}

const noToken: PlayResult = { refusal: 'there is no GitLab token to play it' };
