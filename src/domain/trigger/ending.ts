import type { Decision, EventOf, TriggerEvent } from './event.ts';
import { finish, unchanged } from './finish.ts';
import type { Outputs } from './outputs.ts';
import type { Ending, Outcome, Trigger } from './trigger.ts';
import { isFinished, isRunning } from './trigger.ts';

/** The outcomes with which a pipeline has come to its end: what its jobs handed on is there. */
const withOutputs: ReadonlySet<Outcome> = new Set([
  'success',
  'failed',
  'canceled',
  'skipped',
  'manual',
  'manual_passed',
]);

const withoutEnding = <T extends Trigger>({ ending: _ending, outputs: _outputs, ...rest }: T): T => rest as T;

const unread = (why: string): Outputs => ({ values: {}, problem: why });

/** Holds an end back until the outputs are read, where the request asks for some. */
export function holdEnd(before: Trigger, event: TriggerEvent, { next, actions }: Decision): Decision {
  const { state, request } = next;
  // A retry has set the pipeline going again: what it handed on before is past.
  if (isFinished(before) && isRunning(next)) return { next: withoutEnding(next), actions };
  if (request.outputs === undefined || state.kind !== 'finished' || isFinished(before))
    return { next, actions };
  if (event.type === 'outputsRead') return { next, actions };
  const { pipeline, outcome, reason, failedJobs } = state;
  if (pipeline === null) return { next: { ...next, outputs: unread('there is no pipeline') }, actions };
  if (event.type === 'resolved' || !withOutputs.has(outcome))
    return {
      next: { ...withoutEnding(next), outputs: unread('the pipeline was not waited for to its end') },
      actions,
    };
  const ending: Ending = {
    ...{ outcome, reason, failedJobs, since: event.at },
    ...(state.endSeen === undefined ? {} : { endSeen: state.endSeen }),
  };
  const held: Trigger = { ...next, state: { kind: 'running', pipeline }, ending };
  return { next: held, actions: [...actions, { type: 'readOutputs' }] };
}

/** The events that may still change a trigger whose verdict is found; what else happens to the pipeline is past its end. */
const passed: ReadonlySet<TriggerEvent['type']> = new Set([
  'outputsRead',
  'resolved',
  'reportUpdated',
  'clockSetBack',
  'cancelDone',
]);
/** The events by which a person has the pipeline go on. */
const reopening: ReadonlySet<TriggerEvent['type']> = new Set(['playRequested', 'retryRequested']);

/** Decides for a trigger whose verdict is found; null for every other one. */
export function decideEnding(
  trigger: Trigger,
  event: TriggerEvent,
  decideOn: (trigger: Trigger, event: TriggerEvent) => Decision,
): Decision | null {
  if (trigger.ending === undefined || passed.has(event.type)) return null;
  if (!reopening.has(event.type)) return unchanged(trigger);
  const without = withoutEnding(trigger);
  const decision = decideOn(without, event);
  return decision.next === without ? unchanged(trigger) : decision;
}

/** The outputs are read, as far as they could be: the trigger ends. */
export function endWithOutputs(trigger: Trigger, { outputs, since, at }: EventOf<'outputsRead'>): Decision {
  const { ending } = trigger;
  if (ending?.since !== since || !isRunning(trigger)) return unchanged(trigger);
  const { next, actions } = finish(withoutEnding(trigger), ending.outcome, at, ending);
  if (next.state.kind !== 'finished') return { next, actions };
  const { endSeen } = ending;
  const state = endSeen === undefined ? next.state : { ...next.state, endSeen };
  return { next: { ...next, state, outputs }, actions };
}
