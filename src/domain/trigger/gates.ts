import type { JobId } from '../ids.ts';
import { clipList } from '../text.ts';
import type { Job } from './job.ts';
import { isPlayable } from './job.ts';
import type { Gate, GateState } from './gate.ts';
import type { GateFate, ManualRule } from './manual-rules.ts';
import { ruleFor } from './manual-rules.ts';
import { isLost, standsStill } from './standstill.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

export const gatesOf = ({ gates = [] }: Trigger): readonly Gate[] => gates;

export const isOpenGate = ({ state }: Gate): boolean => state.kind === 'open';

/** The approvals that a trigger waits for. */
export function approvalsOf(trigger: Trigger): readonly Gate[] {
  if (!isRunning(trigger) || trigger.cancel !== null || isLost(trigger.jobs)) return [];
  return gatesOf(trigger).filter((gate) => gate.action === 'approve' && isOpenGate(gate));
}

/** Until when somebody can approve: the trigger's deadline ends every gate. */
const approvalEndsAt = ({ deadlineAt }: Trigger, { expiresAt }: Gate): number =>
  Math.min(expiresAt ?? deadlineAt, deadlineAt);

/** What there is to say of an approval. */
export const approvalIn = (trigger: Trigger, gate: Gate) => ({
  id: gate.id,
  job: gate.name,
  stage: gate.stage,
  environment: gate.environment,
  since: gate.since,
  expiresAt: approvalEndsAt(trigger, gate),
});

/** The next moment at which a gate times out; null where none does. */
export function nextTimeoutOf(trigger: Trigger): number | null {
  if (!isRunning(trigger) || trigger.cancel !== null) return null;
  const times = gatesOf(trigger)
    .filter(isOpenGate)
    .flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]));
  return times.length === 0 ? null : Math.min(...times);
}

const fateOf = ({ state, onTimeout }: Gate): GateFate => {
  if (state.kind === 'approved') return 'play';
  if (state.kind === 'rejected') return 'fail';
  // What is to be canceled is canceled already; where that comes to nothing, nothing is played.
  if (state.kind === 'timed_out') return onTimeout === 'cancel' ? 'fail' : onTimeout;
  return 'wait';
};

/** What the gates have come to, by their jobs: it takes the place of `wait` and `approve`. */
export const gateFates = (trigger: Trigger): ReadonlyMap<JobId, GateFate> =>
  new Map(gatesOf(trigger).map((gate) => [gate.id, fateOf(gate)]));

/** The jobs that are to be played since they were approved, or since nobody came in time. */
export const releasedIds = (trigger: Trigger): ReadonlySet<JobId> =>
  new Set(gatesOf(trigger).flatMap((gate) => (fateOf(gate) === 'play' ? [gate.id] : [])));

export const isApprovedJob = (trigger: Trigger, id: JobId): boolean =>
  gatesOf(trigger).some((gate) => gate.id === id && gate.state.kind === 'approved');

/** A trigger with other states of its gates; the same one where all stay. */
export const withStates = (trigger: RunningTrigger, stateOf: (gate: Gate) => GateState): RunningTrigger => {
  const before = gatesOf(trigger);
  const gates = before.map((gate) => {
    const state = stateOf(gate);
    return state === gate.state ? gate : { ...gate, state };
  });
  return gates.every((gate, index) => gate === before[index]) ? trigger : { ...trigger, gates };
};

/** Gates whose jobs do not wait any more: a person has played them in GitLab. */
function settleSeen(trigger: RunningTrigger, jobs: readonly Job[]): RunningTrigger {
  const shown = new Map(jobs.map((job) => [job.id, job]));
  return withStates(trigger, ({ id, state }) => {
    const job = shown.get(id);
    if (state.kind !== 'open' || job === undefined || isPlayable(job)) return state;
    return { kind: job.status === 'canceled' || job.status === 'skipped' ? 'withdrawn' : 'played' };
  });
}

/** A pipeline as far as its gates depend on it. */
interface SeenJobs {
  readonly status: string;
  readonly jobs: readonly Job[];
}

/** A job that a person plays in GitLab, however long that takes, needs none. */
const needsGate = (rule: ManualRule): rule is ManualRule & Pick<Gate, 'action'> =>
  rule.action === 'approve' || (rule.action === 'wait' && rule.timeoutSeconds !== undefined);

function newGates(trigger: RunningTrigger, seen: SeenJobs, at: number): readonly Gate[] {
  const { request, played } = trigger;
  const ownIds = new Set(played.map(({ id }) => id));
  const known = new Set(gatesOf(trigger).map(({ id }) => id));
  const isAtRest = standsStill(seen, ownIds);
  if (trigger.cancel !== null || isLost(seen.jobs)) return [];
  return seen.jobs.flatMap((job) => {
    if (!isPlayable(job) || ownIds.has(job.id) || known.has(job.id)) return [];
    const rule = ruleFor(request, job);
    if (rule === undefined || !needsGate(rule)) return [];
    if (!isAtRest && rule.when !== 'playable') return [];
    const { id, name, stage, environment } = job;
    return {
      ...{ id, name, stage, environment: environment?.name ?? null, action: rule.action, since: at },
      expiresAt: rule.timeoutSeconds === undefined ? null : at + rule.timeoutSeconds * 1000,
      onTimeout: rule.onTimeout ?? 'fail',
      state: { kind: 'open' },
    } as const;
  });
}

/** The trigger after its jobs were seen: gates are opened and settled. The same one where nothing changes. */
export function updateGates(trigger: RunningTrigger, seen: SeenJobs, at: number): RunningTrigger {
  if (trigger.request.manual === undefined) return trigger;
  const settled = settleSeen(trigger, seen.jobs);
  const added = newGates(settled, seen, at);
  const next = added.length === 0 ? settled : { ...settled, gates: [...gatesOf(settled), ...added] };
  return next === trigger ? trigger : { ...next, updatedAt: at };
}

/** Gates of these jobs count as approved, since a caller who may approve has them played. */
export const approveGates = (
  trigger: RunningTrigger,
  ids: readonly JobId[],
  { by, comment = null }: { readonly by: string; readonly comment?: string | null },
): RunningTrigger =>
  withStates(trigger, ({ id, state }) =>
    state.kind === 'open' && ids.includes(id) ? { kind: 'approved', by, comment } : state,
  );

/** The names of some gates' jobs, as a text. */
export const gateNames = (gates: readonly Gate[]): string =>
  clipList(
    gates.map(({ name }) => name),
    { most: 10, longest: 100 },
  );

/** That their time is up, in words. */
export const timeoutText = (gates: readonly Gate[]): string => {
  const [first] = gates;
  return `${gateNames(gates)} was not ${first?.action === 'approve' ? 'approved' : 'played'} in time`;
};

/** Which gates have timed out, in words; none where none has. */
export const timeoutReasons = (trigger: Trigger): readonly string[] =>
  gatesOf(trigger)
    .filter(({ state }) => state.kind === 'timed_out')
    .map((gate) => timeoutText([gate]));
