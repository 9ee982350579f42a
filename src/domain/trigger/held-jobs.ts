import type { JobId } from '../ids.ts';
import { clipList } from '../text.ts';
import type { Job } from './job.ts';
import { isPlayable } from './job.ts';
import type { HeldJob, HeldJobState } from './held-job.ts';
import type { HeldJobFate, ManualRule } from './manual-rules.ts';
import { ruleFor } from './manual-rules.ts';
import { isLost, standsStill } from './standstill.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

export const heldJobsOf = ({ heldJobs = [] }: Trigger): readonly HeldJob[] => heldJobs;

export const isHeld = ({ state }: HeldJob): boolean => state.kind === 'open';

/** The approvals that a trigger waits for. */
export function approvalsOf(trigger: Trigger): readonly HeldJob[] {
  if (!isRunning(trigger) || trigger.cancel !== null || isLost(trigger.jobs)) return [];
  return heldJobsOf(trigger).filter((heldJob) => heldJob.action === 'approve' && isHeld(heldJob));
}

/** Until when somebody can approve: the trigger's deadline ends every wait. */
const approvalEndsAt = ({ deadlineAt }: Trigger, { expiresAt }: HeldJob): number =>
  Math.min(expiresAt ?? deadlineAt, deadlineAt);

/** What there is to say of an approval. */
export const approvalIn = (trigger: Trigger, heldJob: HeldJob) => ({
  id: heldJob.id,
  job: heldJob.name,
  stage: heldJob.stage,
  environment: heldJob.environment,
  since: heldJob.since,
  expiresAt: approvalEndsAt(trigger, heldJob),
});

/** The next moment at which a held job times out, or the watch over a failed pipeline ends; null where none does. */
export function nextTimeoutOf(trigger: Trigger): number | null {
  if (!isRunning(trigger) || trigger.cancel !== null) return null;
  const { grace } = trigger;
  const times = [
    ...heldJobsOf(trigger)
      .filter(isHeld)
      .flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt])),
    ...(grace === undefined || grace.isOver === true ? [] : [grace.until]),
  ];
  return times.length === 0 ? null : Math.min(...times);
}

const fateOf = ({ state, onTimeout }: HeldJob): HeldJobFate => {
  if (state.kind === 'approved') return 'play';
  if (state.kind === 'rejected') return 'fail';
  // What is to be canceled is canceled already; where that comes to nothing, nothing is played.
  if (state.kind === 'timed_out') return onTimeout === 'cancel' ? 'fail' : onTimeout;
  return 'wait';
};

/** What the held jobs have come to, by their jobs: it takes the place of `wait` and `approve`. */
export const heldJobFates = (trigger: Trigger): ReadonlyMap<JobId, HeldJobFate> =>
  new Map(heldJobsOf(trigger).map((heldJob) => [heldJob.id, fateOf(heldJob)]));

/** The jobs that are to be played since they were approved, or since nobody came in time. */
export const releasedIds = (trigger: Trigger): ReadonlySet<JobId> =>
  new Set(heldJobsOf(trigger).flatMap((heldJob) => (fateOf(heldJob) === 'play' ? [heldJob.id] : [])));

export const isApprovedJob = (trigger: Trigger, id: JobId): boolean =>
  heldJobsOf(trigger).some((heldJob) => heldJob.id === id && heldJob.state.kind === 'approved');

/** A trigger with other states of its held jobs; the same one where all stay. */
export const withStates = (
  trigger: RunningTrigger,
  stateOf: (heldJob: HeldJob) => HeldJobState,
): RunningTrigger => {
  const before = heldJobsOf(trigger);
  const heldJobs = before.map((heldJob) => {
    const state = stateOf(heldJob);
    return state === heldJob.state ? heldJob : { ...heldJob, state };
  });
  return heldJobs.every((heldJob, index) => heldJob === before[index]) ? trigger : { ...trigger, heldJobs };
};

/** Held jobs that do not wait any more: a person has played them in GitLab. */
function settleSeen(trigger: RunningTrigger, jobs: readonly Job[]): RunningTrigger {
  const shown = new Map(jobs.map((job) => [job.id, job]));
  return withStates(trigger, ({ id, state }) => {
    const job = shown.get(id);
    if (state.kind !== 'open' || job === undefined || isPlayable(job)) return state;
    return { kind: job.status === 'canceled' || job.status === 'skipped' ? 'withdrawn' : 'played' };
  });
}

/** A pipeline as far as its held jobs depend on it. */
interface SeenJobs {
  readonly status: string;
  readonly jobs: readonly Job[];
}

/** A job that a person plays in GitLab, however long that takes, needs none. */
const isHeldBy = (rule: ManualRule): rule is ManualRule & Pick<HeldJob, 'action'> =>
  rule.action === 'approve' || (rule.action === 'wait' && rule.timeoutSeconds !== undefined);

function newHeldJobs(trigger: RunningTrigger, seen: SeenJobs, at: number): readonly HeldJob[] {
  const { request, played } = trigger;
  const ownIds = new Set(played.map(({ id }) => id));
  const known = new Set(heldJobsOf(trigger).map(({ id }) => id));
  const isAtRest = standsStill(seen, ownIds);
  if (trigger.cancel !== null || isLost(seen.jobs)) return [];
  return seen.jobs.flatMap((job) => {
    if (!isPlayable(job) || ownIds.has(job.id) || known.has(job.id)) return [];
    const rule = ruleFor(request, job);
    if (rule === undefined || !isHeldBy(rule)) return [];
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

/** The trigger after its jobs were seen: some are held from now on, some no longer. The same one where nothing changes. */
export function updateHeldJobs(trigger: RunningTrigger, seen: SeenJobs, at: number): RunningTrigger {
  if (trigger.request.manual === undefined) return trigger;
  const settled = settleSeen(trigger, seen.jobs);
  const added = newHeldJobs(settled, seen, at);
  const next = added.length === 0 ? settled : { ...settled, heldJobs: [...heldJobsOf(settled), ...added] };
  return next === trigger ? trigger : { ...next, updatedAt: at };
}

/** These jobs count as approved, since a caller who may approve has them played. */
export const approveHeldJobs = (
  trigger: RunningTrigger,
  ids: readonly JobId[],
  { by, comment = null }: { readonly by: string; readonly comment?: string | null },
): RunningTrigger =>
  withStates(trigger, ({ id, state }) =>
    state.kind === 'open' && ids.includes(id) ? { kind: 'approved', by, comment } : state,
  );

/** The names of some held jobs, as a text. */
export const heldJobNames = (heldJobs: readonly HeldJob[]): string =>
  clipList(
    heldJobs.map(({ name }) => name),
    { most: 10, longest: 100 },
  );

/** That their time is up, in words. */
export const timeoutText = (heldJobs: readonly HeldJob[]): string => {
  const [first] = heldJobs;
  return `${heldJobNames(heldJobs)} was not ${first?.action === 'approve' ? 'approved' : 'played'} in time`;
};

/** Which held jobs have timed out, in words; none where none has. */
export const timeoutReasons = (trigger: Trigger): readonly string[] =>
  heldJobsOf(trigger)
    .filter(({ state }) => state.kind === 'timed_out')
    .map((heldJob) => timeoutText([heldJob]));
