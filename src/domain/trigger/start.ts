import type { Action, Decision, EventOf, PipelineSnapshot } from './event.ts';
import { finish, unchanged } from './finish.ts';
import { observed } from './observed.ts';
import type { Pipeline, Trigger } from './trigger.ts';
import { inDoubtOf } from './trigger.ts';

const pipelineFrom = ({ id, projectId, status, webUrl }: PipelineSnapshot): Pipeline => ({
  id,
  projectId,
  status,
  webUrl,
});

/** The request's pipeline is known. Where the trigger has ended in the meantime, the pipeline is canceled. */
export function markStarted(
  trigger: Trigger,
  seen: PipelineSnapshot,
  at: number,
  actions: readonly Action[],
): Decision {
  const { state } = trigger;
  const pipeline = pipelineFrom(seen);
  const known = {
    ...trigger,
    jobs: seen.jobs ?? [],
    refusal: null,
    lastError: null,
    updatedAt: at,
    ...observed(trigger, at, true),
  };
  if (state.kind === 'requested') {
    const next: Trigger = { ...known, state: { kind: 'running', pipeline } };
    return { next, actions: trigger.cancel === null ? actions : [{ type: 'cancel' }] };
  }
  if (state.kind === 'finished' && state.pipeline === null) {
    const cancel = trigger.cancel ?? { progress: 'wanted', reason: state.reason };
    const next: Trigger = { ...known, state: { ...state, inDoubtUntil: null, pipeline }, cancel };
    return { next, actions: [{ type: 'cancel' }] };
  }
  return unchanged(trigger);
}

export const noteCandidate = (trigger: Trigger, { candidate, at }: EventOf<'candidateFound'>): Decision =>
  trigger.state.kind === 'requested'
    ? { next: { ...trigger, candidate, updatedAt: at }, actions: [] }
    : unchanged(trigger);

export function findToRetry(trigger: Trigger, { pipeline, at }: EventOf<'pipelineFound'>): Decision {
  if (trigger.state.kind !== 'requested') return unchanged(trigger);
  // The pipeline was not created for this trigger: a trigger that has ended leaves it alone.
  if (trigger.cancel !== null) return abandonStart(trigger, at);
  const wanting: Trigger = { ...trigger, retry: { progress: 'wanted', reason: null } };
  return markStarted(wanting, pipeline, at, [{ type: 'retry' }]);
}

/** A request is sent, or has failed; for a trigger that has ended in the meantime only the doubt matters. */
export function tryStart(trigger: Trigger, { at, reason, inDoubt }: EventOf<'startTried'>): Decision {
  const { state } = trigger;
  const known = inDoubt ?? { inDoubtUntil: null };
  if (state.kind === 'requested') {
    const next = { kind: 'requested', lastError: reason ?? state.lastError, ...known } as const;
    return { next: { ...trigger, state: next, updatedAt: at }, actions: [] };
  }
  if (state.kind === 'running' || inDoubtOf(trigger) === null) return unchanged(trigger);
  return { next: { ...trigger, state: { ...state, ...known } }, actions: [] };
}

/** It is certain that no request has created a pipeline. */
const cleared = (trigger: Trigger): Trigger =>
  trigger.state.kind === 'running'
    ? trigger
    : { ...trigger, state: { ...trigger.state, inDoubtUntil: null } };

export function refuseStart(trigger: Trigger, { at, reason, pipeline }: EventOf<'startRefused'>): Decision {
  const { state } = trigger;
  if (state.kind === 'finished' && inDoubtOf(trigger) !== null)
    return { next: cleared(trigger), actions: [] };
  if (state.kind !== 'requested') return unchanged(trigger);
  const known: Trigger =
    pipeline === undefined
      ? cleared(trigger)
      : { ...trigger, state: { kind: 'running', pipeline: pipelineFrom(pipeline) } };
  return finish(known, 'error', at, { reason });
}

export const abandonStart = (trigger: Trigger, at: number): Decision =>
  trigger.state.kind === 'requested'
    ? finish(cleared(trigger), 'canceled', at, { reason: trigger.cancel?.reason ?? null })
    : unchanged(trigger);
