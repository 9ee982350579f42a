import type { JobId, TriggerId } from '../../domain/ids.ts';
import { clipList } from '../../domain/text.ts';
import { withEnvironments } from '../../domain/trigger/environments.ts';
import { familyOf, jobsOfFamily, projectOfChild } from '../../domain/trigger/family.ts';
import type { Job } from '../../domain/trigger/job.ts';
import { guardObjection } from '../../domain/trigger/production-guard.ts';
import { isLost, standsStill } from '../../domain/trigger/standstill.ts';
import type { PlayedJob, RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor, TriggerAccess } from './gitlab-access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { ReadRefused } from './read-refused.ts';
import type { Performer } from './perform.ts';
import type { PlayReading, ReadForPlay } from './read-for-play.ts';
import { intendedOf, isWaiting, pipelineWith } from './read-for-play.ts';
import type { Clock, TriggerStore } from '../ports/index.ts';
import {
  GitLabUnavailable,
  isLasting,
  isRefusal,
  isUnplayable,
  requestLifeMs,
} from '../ports/gitlab-unavailable.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'claimPlay' | 'find'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly readRefused: ReadRefused;
  readonly readForPlay: ReadForPlay;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** `PRODUCTION_GUARD`. */
  readonly guardsProduction: boolean;
}

/** GitLab's message, or ours. */
interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  /** GitLab may still play it: the job waits, and a refusal may be temporary. */
  readonly mayPass?: boolean;
}

type PlayResult =
  | Refusal
  | { readonly kind: 'played' }
  /** It runs, or has run: another user was faster, or an earlier request was carried out after all. */
  | { readonly kind: 'overtaken' }
  /** The pipeline is not at a standstill. */
  | { readonly kind: 'postponed'; readonly reading: PlayReading };

/** The plays of one trigger that are made together. */
interface Run {
  readonly access: TriggerAccess;
  /** The jobs played for the trigger: they may be under way while the next one is played. */
  readonly ownIds: Set<JobId>;
}

/** How long a webhook may take that shows where a job deploys to. */
const hookOnItsWayMs = 2_000;

/** The pause before each further attempt where GitLab answers 400 although the job waits: half a minute in total. */
const unplayablePausesMs = [500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500];

/**
 * Plays the jobs marked `intended`, one after the other in their order.
 * GitLab runs a finished or canceled manual job once more when it is played, and the update that led to the decision
 * may be old: so a job is played only where GitLab shows it waiting in a pipeline at a standstill (a job that a person
 * requested: wherever it waits), and is claimed first, as triggers may share a pipeline.
 */
// eslint-disable-next-line max-lines-per-function -- the steps of one play, which share the use case's parts; each is short
export function createPlayJobs(deps: Deps): Performer {
  const { store, accessFor, applyEvent, readRefused, readForPlay, clock, signal, guardsProduction } = deps;
  /** The jobs that only this process has played, so that it knows when none of the plays is under way. */
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

  /** Sends one request. */
  async function tryOnce(run: Run, trigger: RunningTrigger, job: PlayedJob): Promise<PlayResult> {
    const { access, ownIds } = run;
    const { id } = job;
    const variables = variablesFor(access, job);
    if (variables === null) return variablesErased;
    try {
      await access.gitlab.playJob(projectFor(trigger, job), id, variables);
      ownIds.add(id);
      return { kind: 'played' };
    } catch (error) {
      // A request that may still be carried out must be over before the next one: by then the job may have ended.
      if (error instanceof GitLabUnavailable) await clock.sleep(error.unanswered.inDoubtMs ?? 0, signal);
      // GitLab also answers "400 Unplayable Job" when a person was faster.
      if (!isWaiting(await readForPlay(access, trigger, job), job)) return { kind: 'overtaken' };
      return { ...refusedBy(error, Object.keys(variables)), mayPass: isUnplayable(error) };
    }
  }

  /** The reason not to play now; null for none. */
  function obstacle(
    { ownIds }: Run,
    { cancel }: Trigger,
    job: PlayedJob,
    reading: PlayReading,
  ): PlayResult | null {
    if (cancel !== null) return givenUp;
    const shown = pipelineWith(reading, job);
    if (shown !== null && 'unreadable' in shown) return { kind: 'refused', reason: shown.unreadable };
    if (shown === null) return replaced;
    if (!isWaiting(reading, job)) return { kind: 'overtaken' };
    const { lost } = familyOf(reading.seen, reading.pipeline);
    const mayPlay = job.isEarly === true ? !isLost(shown.jobs) : standsStill(shown, ownIds);
    const isDue = mayPlay && !lost.has(job.pipelineId ?? reading.pipeline.id);
    return isDue || job.isRequested === true ? null : { kind: 'postponed', reading };
  }

  /** Why the guard keeps the service from a play; a webhook that shows the job may be on its way. */
  async function guarded(
    { id }: RunningTrigger,
    job: PlayedJob,
    shown: readonly Job[],
  ): Promise<PlayResult | null> {
    if (!guardsProduction || job.isRequested === true || job.isApproved === true) return null;
    const objection = async (): Promise<string | null> => {
      const trigger = (await store.find(id))?.trigger;
      const found = withEnvironments(shown, trigger === undefined ? [] : jobsOfFamily(trigger)).find(
        (each) => each.id === job.id,
      );
      return trigger === undefined || found === undefined ? null : guardObjection(trigger.request, found);
    };
    if ((await objection()) === null) return null;
    await clock.sleep(hookOnItsWayMs, signal);
    const reason = await objection();
    return reason === null ? null : { kind: 'refused', reason };
  }

  async function playOne(
    run: Run,
    trigger: RunningTrigger,
    job: PlayedJob,
    reading: PlayReading,
  ): Promise<PlayResult> {
    const inTheWay = obstacle(run, trigger, job, reading);
    if (inTheWay !== null) return inTheWay;
    const shown = job.pipelineId === undefined ? reading.pipeline.jobs : jobsOfFamily(reading.seen);
    const objection = await guarded(trigger, job, shown);
    if (objection !== null) return objection;
    if ((await claim(trigger, job.id)) === 'other') return { kind: 'overtaken' };
    // The trigger may have been canceled during the read: its jobs must not run once more.
    const stored = (await store.find(trigger.id))?.trigger ?? trigger;
    if (!isRunning(stored) || stored.cancel !== null) return givenUp;
    for (const pauseMs of unplayablePausesMs) {
      const result = await tryOnce(run, trigger, job);
      if (result.kind !== 'refused' || result.mayPass !== true) return result;
      await clock.sleep(pauseMs, signal);
      if (signal.aborted) throw stopping();
      const current = (await store.find(trigger.id))?.trigger ?? trigger;
      if (!isRunning(current)) return givenUp;
      const meanwhile = obstacle(run, current, job, await readForPlay(run.access, current, job));
      if (meanwhile !== null) return meanwhile;
    }
    return tryOnce(run, trigger, job);
  }

  function settle(id: TriggerId, jobId: JobId, result: PlayResult): Promise<Trigger> {
    const at = clock.now();
    if (result.kind === 'postponed') {
      const { pipeline, children, epoch } = result.reading;
      return applyEvent(id, { type: 'playPostponed', at, pipeline, children, epoch });
    }
    heldHere.delete(jobId);
    if (result.kind === 'refused')
      return applyEvent(id, { type: 'playRefused', at, jobId, reason: result.reason });
    return applyEvent(id, { type: 'jobPlayed', at, jobId });
  }

  /** Null where GitLab does not show the pipeline. */
  async function readOrNote(
    access: TriggerAccess,
    trigger: RunningTrigger,
    job: PlayedJob,
  ): Promise<PlayReading | null> {
    try {
      return await readForPlay(access, trigger, job);
    } catch (error) {
      await readRefused(trigger, access.gitlab, error);
      return null;
    }
  }

  async function playAll(run: Run, trigger: RunningTrigger): Promise<void> {
    let current: Trigger = trigger;
    for (const job of intendedOf(trigger)) {
      // During the previous play the trigger may have ended, and this play may have been postponed.
      if (!isRunning(current)) return;
      if (!intendedOf(current).some(({ id }) => id === job.id)) continue;
      // One read for each play: the previous one may have started other jobs, or have failed.
      const reading = await readOrNote(run.access, current, job);
      if (reading === null) return;
      current = await settle(trigger.id, job.id, await playOne(run, current, job, reading));
    }
  }

  return async function playJobs(trigger) {
    if (!isRunning(trigger) || intendedOf(trigger).length === 0) return;
    const access = await accessFor(trigger);
    if (!access.mayRead) {
      for (const { id } of intendedOf(trigger)) await settle(trigger.id, id, noToken);
      return;
    }
    const playedIds = trigger.played.filter(({ progress }) => progress === 'played').map(({ id }) => id);
    await playAll({ access, ownIds: new Set(playedIds) }, trigger);
  };
}

/** What the rule sends that has a job played; null where it is not kept any more. */
function variablesFor(
  { manualVariables }: TriggerAccess,
  { sender }: PlayedJob,
): Readonly<Record<string, string>> | null {
  if (sender === undefined) return {};
  return manualVariables?.[sender] ?? null;
}

const variablesErased: Refusal = {
  kind: 'refused',
  reason: 'the variables of its rule were erased when the trigger had finished',
};
/** The project that a job is in. */
const projectFor = (trigger: RunningTrigger, { pipelineId }: PlayedJob): string =>
  projectOfChild(trigger, pipelineId) ?? projectOf(trigger, trigger.state.pipeline);

const noToken: Refusal = { kind: 'refused', reason: 'there is no GitLab token to play it' };
const replaced: Refusal = { kind: 'refused', reason: 'its pipeline is none of the trigger’s any more' };
const givenUp: Refusal = { kind: 'refused', reason: 'canceled before it was played' };

const stopping = (): GitLabUnavailable =>
  new GitLabUnavailable('the service stops', { retryAfterMs: null, inDoubtMs: null });

/** @throws every error but a refusal of GitLab: a wrong setting may be fixed while the job waits */
function refusedBy(error: unknown, sent: readonly string[]): Refusal {
  if (!isRefusal(error) || isLasting(error)) throw error;
  const hint =
    sent.length === 0 ? '' : `; the play had the variables ${clipList(sent, { most: 5, longest: 60 })}`;
  return { kind: 'refused', reason: `${error.message}${hint}` };
}
