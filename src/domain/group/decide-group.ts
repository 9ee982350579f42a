import type { Outcome } from '../trigger/trigger.ts';
import type { Group, GroupMember, GroupOutcome, MemberState } from './group.ts';
import { isGroupFinished, requiredOf } from './group.ts';

/** What a group has done to a member. Each is safe to repeat: a member that is past it stays as it is. */
export type GroupAction =
  | { readonly type: 'start'; readonly member: string }
  | { readonly type: 'skip'; readonly member: string; readonly reason: string }
  | { readonly type: 'cancel'; readonly member: string; readonly reason: string };

/** The next state of a group, and what is done to its members before that is stored. */
export interface GroupDecision {
  readonly next: Group;
  readonly actions: readonly GroupAction[];
}

/** Where each member is, by its name. */
export type MemberStates = ReadonlyMap<string, MemberState>;

/** Why a member waits, and how many of those that wait come before it. */
export interface QueuePlace {
  readonly place: number;
  readonly why: 'needs' | 'maxParallel' | 'limit';
}

/** So many pipelines of one project are created concurrently: once GitLab refuses some for its limit, few ask again. */
export const mostCreating = 4;

/** Whether a member that ended so counts as succeeded. */
export const isSuccess = {
  success: true,
  manual_passed: true,
  failed: false,
  skipped: false,
  deadline: false,
  canceled: false,
  manual: false,
  error: false,
} as const satisfies Record<Outcome, boolean>;

const stateOfMember = (states: MemberStates, name: string): MemberState =>
  states.get(name) ?? { kind: 'ended', outcome: 'error' };

const hasSucceeded = (state: MemberState): boolean => state.kind === 'ended' && isSuccess[state.outcome];
const hasFailed = (state: MemberState): boolean => state.kind === 'ended' && !isSuccess[state.outcome];

/** The members that wait for one that can no longer succeed, each with the need that is to blame. */
export function doomedMembers({ members }: Group, states: MemberStates): ReadonlyMap<string, string> {
  const doomed = new Map<string, string>();
  const isLost = (name: string): boolean => doomed.has(name) || hasFailed(stateOfMember(states, name));
  // In the order of needs each member would be seen once; any other order takes further rounds.
  for (let before = -1; before < doomed.size;) {
    before = doomed.size;
    for (const { name, needs } of members) {
      if (doomed.has(name) || stateOfMember(states, name).kind !== 'waiting') continue;
      const lost = needs.find(isLost);
      if (lost !== undefined) doomed.set(name, lost);
    }
  }
  return doomed;
}

type Certainty = 'success' | 'failed' | null;

/** The verdict that nothing can change any more; null while it is open. */
export function certainVerdict(group: Group, states: MemberStates): Certainty {
  const required = requiredOf(group);
  const doomed = doomedMembers(group, states);
  let succeeded = 0;
  let lost = 0;
  for (const { name } of group.members) {
    const state = stateOfMember(states, name);
    if (hasSucceeded(state)) succeeded += 1;
    else if (hasFailed(state) || doomed.has(name)) lost += 1;
  }
  if (succeeded >= required) return 'success';
  return group.members.length - lost < required ? 'failed' : null;
}

/**
 * Decides what follows from where the members are: which ones start, are skipped or canceled, and whether the group has
 * ended. Pure. The actions come before the next state is stored: a crash in between has them decided again.
 */
export function decideGroup(group: Group, states: MemberStates, at: number): GroupDecision {
  if (isGroupFinished(group)) return { next: group, actions: [] };
  if (group.cancel !== null) return windUp(group, states, at, { reason: group.cancel, outcome: null });
  const certain = certainVerdict(group, states);
  const hasEnded = group.members.every(({ name }) => stateOfMember(states, name).kind === 'ended');
  if (hasEnded)
    return { next: ended(group, states, at, certain === 'success' ? 'success' : 'failed'), actions: [] };
  if (at >= group.deadlineAt) return passGroupDeadline(group, states, at);
  if (group.failFast && certain !== null)
    return windUp(group, states, at, { reason: 'the verdict of the group is certain', outcome: certain });
  return { next: group, actions: startable(group, states) };
}

/** Nothing more starts, and what runs is canceled. @param outcome null: the members' ends decide */
function windUp(
  group: Group,
  states: MemberStates,
  at: number,
  { reason, outcome }: { readonly reason: string; readonly outcome: Certainty },
): GroupDecision {
  const actions = group.members.flatMap(({ name }): GroupAction[] => {
    const { kind } = stateOfMember(states, name);
    if (kind === 'ended') return [];
    return [
      kind === 'waiting' && group.cancel === null
        ? { type: 'skip', member: name, reason }
        : { type: 'cancel', member: name, reason },
    ];
  });
  if (outcome !== null) return { next: ended(group, states, at, outcome), actions };
  if (actions.length > 0) return { next: group, actions };
  const isSuccessful = certainVerdict(group, states) === 'success';
  return { next: ended(group, states, at, isSuccessful ? 'success' : 'canceled'), actions };
}

/** What runs goes on, unless the request says otherwise. */
function passGroupDeadline(group: Group, states: MemberStates, at: number): GroupDecision {
  const reason = `no verdict of the group within ${group.deadlineSeconds} seconds`;
  const actions = group.members.flatMap(({ name }): GroupAction[] => {
    const { kind } = stateOfMember(states, name);
    if (kind === 'waiting') return [{ type: 'skip', member: name, reason }];
    return kind !== 'ended' && group.cancelOnDeadline ? [{ type: 'cancel', member: name, reason }] : [];
  });
  return { next: ended(group, states, at, 'deadline'), actions };
}

function startable(group: Group, states: MemberStates): readonly GroupAction[] {
  const doomed = doomedMembers(group, states);
  const queue = queueOf(group, states);
  return group.members.flatMap(({ name }): GroupAction[] => {
    if (stateOfMember(states, name).kind !== 'waiting') return [];
    const lost = doomed.get(name);
    if (lost !== undefined)
      return [{ type: 'skip', member: name, reason: `${lost}, which it needs, did not succeed` }];
    return queue.has(name) ? [] : [{ type: 'start', member: name }];
  });
}

/** The members that have to wait, in their order, each with its place from 1 and the reason. */
export function queueOf(group: Group, states: MemberStates): ReadonlyMap<string, QueuePlace> {
  const queue = new Map<string, QueuePlace>();
  const creating = new Map<string, number>();
  let running = 0;
  for (const { name, project } of group.members) {
    const { kind } = stateOfMember(states, name);
    if (kind === 'creating' || kind === 'running') running += 1;
    if (kind === 'creating') creating.set(project, (creating.get(project) ?? 0) + 1);
  }
  for (const member of group.members) {
    const why = reasonToWait(member, { group, states, running, creating });
    if (why === null) {
      if (stateOfMember(states, member.name).kind !== 'waiting') continue;
      running += 1;
      creating.set(member.project, (creating.get(member.project) ?? 0) + 1);
    } else queue.set(member.name, { place: queue.size + 1, why });
  }
  return queue;
}

interface Load {
  readonly group: Group;
  readonly states: MemberStates;
  readonly running: number;
  readonly creating: ReadonlyMap<string, number>;
}

function reasonToWait(
  { name, project, needs }: GroupMember,
  { group, states, running, creating }: Load,
): QueuePlace['why'] | null {
  const state = stateOfMember(states, name);
  if (state.kind === 'creating') return state.isLimited ? 'limit' : null;
  if (state.kind !== 'waiting') return null;
  if (!needs.every((need) => hasSucceeded(stateOfMember(states, need)))) return 'needs';
  if (running >= (group.maxParallel ?? Infinity)) return 'maxParallel';
  return (creating.get(project) ?? 0) >= mostCreating ? 'limit' : null;
}

/** At most so many members are named in a reason. */
const mostNamed = 10;

function ended(group: Group, states: MemberStates, at: number, outcome: GroupOutcome): Group {
  const reason = outcome === 'success' ? null : reasonFor(group, states, outcome);
  return { ...group, state: { kind: 'finished', outcome, reason, finishedAt: at }, updatedAt: at };
}

function reasonFor(group: Group, states: MemberStates, outcome: Exclude<GroupOutcome, 'success'>): string {
  if (outcome === 'canceled') return group.cancel ?? 'canceled';
  if (outcome === 'deadline') return `no verdict within ${group.deadlineSeconds} seconds`;
  const failed = group.members.flatMap(({ name }) => {
    const state = stateOfMember(states, name);
    return state.kind === 'ended' && !isSuccess[state.outcome] ? [`${name}: ${state.outcome}`] : [];
  });
  const more = failed.length > mostNamed ? `, and ${failed.length - mostNamed} more` : '';
  return `${requiredOf(group)} of ${group.members.length} had to succeed; ${failed.slice(0, mostNamed).join(', ')}${more}`;
}
