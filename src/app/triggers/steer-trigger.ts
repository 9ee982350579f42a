import { AppError } from '../../domain/error.ts';
import { clipList } from '../../domain/text.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { ApprovalDecision } from '../../domain/trigger/event.ts';
import type { Job } from '../../domain/trigger/job.ts';
import { withEnvironments } from '../../domain/trigger/environments.ts';
import { isPlayable, playableOf } from '../../domain/trigger/job.ts';
import { ruleFor } from '../../domain/trigger/manual-rules.ts';
import { notPlayable } from '../../domain/trigger/steer.ts';
import type { Outcome, RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, pipelineOf, projectOf } from '../../domain/trigger/trigger.ts';
import { holdingChildren } from '../../domain/trigger/child.ts';
import { childrenAtRest } from '../../domain/trigger/child-reads.ts';
import { jobsToPlayInChildren } from '../../domain/trigger/family.ts';
import { readFamily } from '../engine/read-family.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import type { ApplyEvent, Perform } from '../engine/apply-event.ts';
import type { Clock, TriggerStore } from '../ports/index.ts';

/** The actions on a trigger. All are safe to repeat; all return the trigger as it is afterwards. */
export interface SteerTrigger {
  cancel(id: TriggerId, by: string): Promise<Trigger>;
  /**
   * @param jobs names of manual jobs; null for those that block
   * @throws AppError `forbidden` for a job that waits to be approved, by who may not approve it
   * @throws AppError `not_playable` for a name of which no job waits to be played, and none was played
   */
  play(id: TriggerId, jobs: readonly string[] | null, who?: Player): Promise<Trigger>;
  /** Decides about jobs that wait to be approved; those that do not wait any more stay as they are. */
  decideApproval(id: TriggerId, decision: 'approve' | 'reject', about: ApprovalDecision): Promise<Trigger>;
  retry(id: TriggerId): Promise<Trigger>;
  resolve(id: TriggerId, outcome: Outcome, reason: string): Promise<Trigger>;
  /** Reads the pipeline now instead of at the next sweep. */
  reconcile(id: TriggerId): Promise<Trigger>;
}

/** Who has jobs played. */
export interface Player {
  readonly by: string;
  /** Why they may not approve the jobs of this trigger; null where they may. */
  readonly approvalRefusal: string | null;
  /** Whether they may have jobs played in another project, where it takes more than this trigger; left out: they may. */
  readonly mayPlayIn?: (projectId: number) => Promise<boolean>;
}

/** May do everything. */
const operator: Player = { by: 'operator', approvalRefusal: null };

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly perform: Perform;
  readonly clock: Clock;
}

export function createSteerTrigger({ store, accessFor, applyEvent, perform, clock }: Deps): SteerTrigger {
  async function find(id: TriggerId): Promise<Trigger> {
    const stored = await store.find(id);
    if (stored === undefined) throw new AppError('not_found', `there is no trigger ${id}`);
    return stored.trigger;
  }

  return {
    cancel: (id, by) =>
      applyEvent(id, { type: 'cancelRequested', at: clock.now(), reason: `canceled by ${by}` }),

    async play(id, jobs, { by, approvalRefusal, mayPlayIn } = operator) {
      const trigger = await find(id);
      const pipeline = pipelineOf(trigger);
      if (pipeline === null) {
        refuseUnplayable(trigger, [], jobs);
        return trigger;
      }
      const { gitlab, mayRead } = await accessFor(trigger);
      if (!mayRead) throw new AppError('gitlab_refused', 'there is no GitLab token to play jobs');
      const options = {
        traces: false,
        bridges: trigger.bridges === 'none' ? false : jobs !== null || trigger.bridges !== undefined,
      };
      const reading = await gitlab.readPipeline(projectOf(trigger, pipeline), pipeline.id, options);
      const running = { ...trigger, state: { kind: 'running', pipeline } } as const;
      const purpose = { isSweep: false, traces: false, now: clock.now(), always: childrenAtRest };
      const { children, seen } = await readFamily(gitlab, running, reading, purpose);
      const waiting = [...reading.jobs, ...jobsToPlayInChildren(seen)];
      refuseUnplayable(trigger, waiting, jobs);
      if (approvalRefusal !== null) refuseUnapproved(trigger, waiting, jobs, approvalRefusal);
      if (mayPlayIn !== undefined) await refuseElsewhere(seen, jobs, mayPlayIn);
      return applyEvent(id, {
        ...{ type: 'playRequested', at: clock.now(), jobs, by },
        ...{ pipeline: reading, children },
      });
    },

    decideApproval: (id, decision, about) =>
      applyEvent(id, {
        type: decision === 'approve' ? 'approvalGiven' : 'approvalRejected',
        at: clock.now(),
        ...about,
      }),

    retry: (id) => applyEvent(id, { type: 'retryRequested', at: clock.now() }),

    resolve: (id, outcome, reason) => applyEvent(id, { type: 'resolved', at: clock.now(), outcome, reason }),

    async reconcile(id) {
      const trigger = await find(id);
      if (isRunning(trigger)) perform(id, [{ type: 'confirm', why: 'user_request' }]);
      return trigger;
    },
  };
}

/** Jobs that a rule leaves to an approval are played by who may give it. @throws AppError `forbidden` */
function refuseUnapproved(
  { request, jobs: known }: Trigger,
  jobs: readonly Job[],
  names: readonly string[] | null,
  why: string,
): void {
  const guarded = playableOf(withEnvironments(jobs, known), names).filter(
    (job) => ruleFor(request, job)?.action === 'approve',
  );
  if (guarded.length === 0) return;
  throw new AppError('forbidden', `${listOf(guarded.map(({ name }) => name))}: waits to be approved; ${why}`);
}

/** Jobs in the pipeline of another project are played by who may do so there. @throws AppError `forbidden` */
async function refuseElsewhere(
  { state: { pipeline }, children = [] }: RunningTrigger,
  names: readonly string[] | null,
  mayPlayIn: (projectId: number) => Promise<boolean>,
): Promise<void> {
  for (const child of holdingChildren(children, pipeline.id)) {
    const found = child.projectId === pipeline.projectId ? [] : playableOf(child.jobs ?? [], names);
    if (found.length === 0 || (await mayPlayIn(child.projectId))) continue;
    throw new AppError(
      'forbidden',
      `${listOf(found.map(({ name }) => name))}: you may not play jobs in project ${child.projectId}, which the pipeline has started one in`,
    );
  }
}

/** A pipeline may have thousands of jobs. */
const listOf = (names: readonly string[]): string => clipList(names, { most: 10, longest: 100 });

/** Refuses names without a job, which must not be answered as played. @throws AppError `not_playable` */
function refuseUnplayable(trigger: Trigger, jobs: readonly Job[], names: readonly string[] | null): void {
  const missing = notPlayable(trigger, jobs, names ?? []);
  if (missing.length === 0) return;
  const waiting = [...new Set(jobs.filter(isPlayable).map(({ name }) => name))];
  const others = waiting.length === 0 ? 'no manual job waits' : `these wait to be played: ${listOf(waiting)}`;
  throw new AppError(
    'not_playable',
    `${missing.length === 1 ? 'this job does' : 'these jobs do'} not wait to be played: ${listOf(missing)}; ${others}`,
  );
}
