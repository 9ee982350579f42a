import type { JobId, TriggerId } from '../../domain/ids.ts';
import { isPlayable } from '../../domain/trigger/job.ts';
import type { RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from './gitlab-access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { ReadRefused } from './read-refused.ts';
import type { Performer } from './perform.ts';
import type { Clock, GitLab, TriggerStore } from '../ports/index.ts';
import { GitLabUnavailable, isRefusal, requestLifeMs } from '../ports/gitlab-unavailable.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'claimPlay'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly readRefused: ReadRefused;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** `played`: it runs, or has run, whoever set it going. Anything else is a refusal, GitLab's in its words. */
type PlayResult = 'played' | { readonly refusal: string };

/**
 * Plays the jobs that were decided to be played, one after the other in their order.
 * GitLab runs a finished or canceled manual job once more when it is played, and the payload that made us decide may be
 * old: so a job is played only where GitLab shows it waiting, and claimed first, as triggers may share a pipeline.
 */
export function createPlayJobs({
  store,
  accessFor,
  applyEvent,
  readRefused,
  clock,
  signal,
}: Deps): Performer {
  /** The jobs whose plays are all of this process, so that it is known when none is under way any more. */
  const heldHere = new Set<JobId>();

  async function claim({ id, request }: RunningTrigger, jobId: JobId): Promise<'mine' | 'other'> {
    const claimed = await store.claimPlay(request.gitlabUrl, jobId, id);
    if (claimed === 'other') return 'other';
    const mayBePlayedLate = claimed === 'again' && !heldHere.has(jobId);
    heldHere.add(jobId);
    if (mayBePlayedLate)
      throw new GitLabUnavailable('a play from before the restart may still be carried out', {
        retryAfterMs: requestLifeMs,
        inDoubtMs: null,
      });
    return 'mine';
  }

  async function playOne(gitlab: GitLab, trigger: RunningTrigger, jobId: JobId): Promise<PlayResult> {
    if ((await claim(trigger, jobId)) === 'other') return 'played';
    try {
      await gitlab.playJob(projectOf(trigger, trigger.state.pipeline), jobId);
      return 'played';
    } catch (error) {
      // One that may still be carried out must have been before the next one: by then the job may have ended.
      if (error instanceof GitLabUnavailable) await clock.sleep(error.unanswered.inDoubtMs ?? 0, signal);
      const refused = refusalOf(error);
      // "400 Unplayable Job" is also what one gets when a person was faster.
      const wasOvertaken = !(await waitingJobs(gitlab, trigger)).has(jobId);
      return wasOvertaken ? 'played' : refused;
    }
  }

  /** How to play the jobs of a trigger, as GitLab shows them now; null when it does not show them. */
  async function playerFor(trigger: RunningTrigger): Promise<((id: JobId) => Promise<PlayResult>) | null> {
    const { gitlab, mayRead } = await accessFor(trigger);
    if (!mayRead) return () => Promise.resolve(noToken);
    const waiting = await waitingJobs(gitlab, trigger).catch(async (error: unknown) => {
      await readRefused(trigger.id, error);
      return null;
    });
    if (waiting === null) return null;
    return async (id) => (waiting.has(id) ? playOne(gitlab, trigger, id) : 'played');
  }

  function settle(id: TriggerId, jobId: JobId, result: PlayResult): Promise<Trigger> {
    const at = clock.now();
    heldHere.delete(jobId);
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
    if (playJob === null) return;
    let current: Trigger = trigger;
    for (const { id } of intended) {
      // While the one before was played, the trigger may have been ended or canceled.
      if (!isRunning(current)) return;
      current = await settle(trigger.id, id, current.cancel === null ? await playJob(id) : givenUp);
    }
  };
}

/** The jobs that wait to be played. Not looked at one by one: alone GitLab shows no bridge. */
async function waitingJobs(gitlab: GitLab, trigger: RunningTrigger): Promise<ReadonlySet<JobId>> {
  const { played, state } = trigger;
  const project = projectOf(trigger, state.pipeline);
  const own = await gitlab.readPipeline(project, state.pipeline.id, { traces: false });
  const hasBridges = played.some(
    ({ id, progress }) => progress === 'intended' && own.jobs.every((job) => job.id !== id),
  );
  const { jobs } = hasBridges
    ? await gitlab.readPipeline(project, state.pipeline.id, { traces: false, bridges: true })
    : own;
  return new Set(jobs.filter(isPlayable).map(({ id }) => id));
}

const noToken: PlayResult = { refusal: 'there is no GitLab token to play it' };
const givenUp: PlayResult = { refusal: 'canceled before it was played' };

/** @throws what is no refusal of GitLab */
function refusalOf(error: unknown): PlayResult {
  if (isRefusal(error)) return { refusal: error.message };
  throw error;
}
