import { decide } from '../../domain/trigger/decide.ts';
import { describe } from '../../domain/trigger/describe-history.ts';
import type { Action, TriggerEvent } from '../../domain/trigger/event.ts';
import { notesOn } from '../../domain/trigger/history.ts';
import { changesBetween } from '../../domain/trigger/timeline.ts';
import type { Outcome, Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, pipelineOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import { readOrUseLastKnown } from '../engine/confirm-pipeline.ts';
import { refusalBy } from '../engine/read-refused.ts';
import type { Clock } from '../ports/index.ts';

/** How GitLab differs from the stored trigger, and what the service would do about it. */
export interface Difference {
  /** The stored status of the pipeline, and GitLab's; null where there is none. */
  readonly storedStatus: string | null;
  readonly gitlabStatus: string | null;
  /** The changes that would be stored, a line each. */
  readonly changes: readonly string[];
  /** The outcome of the trigger; null: it would not end. */
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  /** The actions in GitLab. */
  readonly actions: readonly Exclude<Action['type'], 'confirm' | 'confirmUpstream' | 'readChildren'>[];
}

/**
 * Reads a trigger's pipeline and reports what would follow, without doing it.
 * @throws AppError `gitlab_unavailable`
 */
export type Compare = (trigger: Trigger) => Promise<Difference>;

interface Deps {
  readonly accessFor: AccessFor;
  readonly clock: Pick<Clock, 'now'>;
  /** How long a trigger may go without an update. */
  readonly quietMs: number;
}

export function createCompare({ accessFor, clock, quietMs }: Deps): Compare {
  async function readEvent(trigger: Trigger): Promise<TriggerEvent | null> {
    if (!isRunning(trigger)) return null;
    const access = await accessFor(trigger);
    try {
      const purpose = { isSweep: true, traces: false, quietMs, now: clock.now() };
      const read = await readOrUseLastKnown(trigger, access, purpose);
      return { type: 'pipelineRead', at: clock.now(), ...read, epoch: trigger.epoch };
    } catch (error) {
      return { ...(await refusalBy(access.gitlab, trigger, error)), at: clock.now() };
    }
  }

  return async function compare(trigger) {
    const storedStatus = pipelineOf(trigger)?.status ?? null;
    const event = await readEvent(trigger);
    if (event === null)
      return {
        storedStatus,
        gitlabStatus: storedStatus,
        changes: [],
        outcome: null,
        reason: null,
        actions: [],
      };
    const { next, actions } = decide(trigger, event);
    const notes = notesOn(trigger, next, event).map(({ note }) => note);
    const noted = notes.filter(({ type }) => type !== 'read');
    const lines = changesBetween(trigger, next).filter(({ type }) => type !== 'state');
    const ended = next.state.kind === 'finished' ? next.state : null;
    return {
      storedStatus,
      gitlabStatus: event.type === 'pipelineRead' ? event.pipeline.status : null,
      changes: [...lines, ...noted].map((line) => describe(line).text),
      outcome: ended?.outcome ?? null,
      reason: ended?.reason ?? null,
      actions: actions.flatMap(({ type }) =>
        type === 'confirm' || type === 'confirmUpstream' || type === 'readChildren' ? [] : [type],
      ),
    };
  };
}
