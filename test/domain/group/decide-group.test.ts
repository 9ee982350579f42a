import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupAction, MemberStates } from '../../../src/domain/group/decide-group.ts';
import {
  certainVerdict,
  decideGroup,
  isSuccess,
  mostCreating,
  queueOf,
} from '../../../src/domain/group/decide-group.ts';
import type { Group, MemberState, Requirement } from '../../../src/domain/group/group.ts';
import { isGroupFinished, requiredOf } from '../../../src/domain/group/group.ts';
import type { GroupId, TriggerId } from '../../../src/domain/ids.ts';
import { outcomes } from '../../../src/domain/trigger/trigger.ts';

const groupOf = (
  needs: Readonly<Record<string, readonly string[]>>,
  changes: Partial<Group> = {},
): Group => ({
  id: 'grp_1' as GroupId,
  caller: 'key',
  name: null,
  require: 'all',
  failFast: false,
  maxParallel: null,
  members: Object.entries(needs).map(([name, needed]) => ({
    name,
    triggerId: `trg_${name}` as TriggerId,
    project: `group/${name}`,
    needs: needed,
  })),
  deadlineSeconds: 100,
  cancelOnDeadline: false,
  deadlineAt: 100_000,
  cancel: null,
  state: { kind: 'pending' },
  createdAt: 0,
  updatedAt: 0,
  ...changes,
});

const waiting: MemberState = { kind: 'waiting' };
const running: MemberState = { kind: 'running' };
const creating: MemberState = { kind: 'creating', isLimited: false };
const success: MemberState = { kind: 'ended', outcome: 'success' };
const failed: MemberState = { kind: 'ended', outcome: 'failed' };
const words = { waiting, running, creating, success, failed };
const statesOf = (members: Readonly<Record<string, keyof typeof words>>): MemberStates =>
  new Map(Object.entries(members).map(([name, word]) => [name, words[word]]));

const briefly = (actions: readonly GroupAction[]): readonly string[] =>
  actions.map(({ type, member }) => `${type} ${member}`);
const three = groupOf({ a: [], b: [], c: [] });
const chain = groupOf({ a: [], b: ['a'], c: ['b'] });

describe('decideGroup', () => {
  test.each<[string, Group, Parameters<typeof statesOf>[0], readonly string[], string | null]>([
    [
      'starts all',
      three,
      { a: 'waiting', b: 'waiting', c: 'waiting' },
      ['start a', 'start b', 'start c'],
      null,
    ],
    ['starts what needs nothing', chain, { a: 'waiting', b: 'waiting', c: 'waiting' }, ['start a'], null],
    [
      'starts what a success was needed for',
      chain,
      { a: 'success', b: 'waiting', c: 'waiting' },
      ['start b'],
      null,
    ],
    [
      'skips all that needs a failure',
      chain,
      { a: 'failed', b: 'waiting', c: 'waiting' },
      ['skip b', 'skip c'],
      null,
    ],
    [
      'keeps to maxParallel',
      { ...three, maxParallel: 2 },
      { a: 'running', b: 'waiting', c: 'waiting' },
      ['start b'],
      null,
    ],
    ['waits for all of them', three, { a: 'failed', b: 'running', c: 'success' }, [], null],
    ['succeeds with all', three, { a: 'success', b: 'success', c: 'success' }, [], 'success'],
    ['fails with one', three, { a: 'success', b: 'failed', c: 'success' }, [], 'failed'],
    [
      'succeeds with any',
      { ...three, require: 'any' },
      { a: 'failed', b: 'failed', c: 'success' },
      [],
      'success',
    ],
    [
      'succeeds with a quorum',
      { ...three, require: 2 },
      { a: 'failed', b: 'success', c: 'success' },
      [],
      'success',
    ],
    [
      'fails without a quorum',
      { ...three, require: 2 },
      { a: 'failed', b: 'failed', c: 'success' },
      [],
      'failed',
    ],
    [
      'fails fast',
      { ...three, failFast: true },
      { a: 'failed', b: 'running', c: 'waiting' },
      ['cancel b', 'skip c'],
      'failed',
    ],
    [
      'ends fast with a success',
      { ...three, failFast: true, require: 'any' },
      { a: 'success', b: 'running', c: 'waiting' },
      ['cancel b', 'skip c'],
      'success',
    ],
    [
      'cancels',
      { ...three, cancel: 'key' },
      { a: 'success', b: 'running', c: 'waiting' },
      ['cancel b', 'cancel c'],
      null,
    ],
    [
      'ends canceled',
      { ...three, cancel: 'key' },
      { a: 'success', b: 'failed', c: 'failed' },
      [],
      'canceled',
    ],
    [
      'ends as a success that came before the cancel',
      { ...three, cancel: 'key' },
      { a: 'success', b: 'success', c: 'success' },
      [],
      'success',
    ],
    [
      'ends at its deadline',
      { ...three, deadlineAt: 1 },
      { a: 'success', b: 'running', c: 'waiting' },
      ['skip c'],
      'deadline',
    ],
    [
      'cancels at its deadline',
      { ...three, deadlineAt: 1, cancelOnDeadline: true },
      { a: 'success', b: 'running', c: 'waiting' },
      ['cancel b', 'skip c'],
      'deadline',
    ],
  ])('%s', (_title, group, members, actions, outcome) => {
    const decision = decideGroup(group, statesOf(members), 1_000);
    expect(briefly(decision.actions)).toEqual(actions);
    expect(decision.next.state.kind === 'finished' ? decision.next.state.outcome : null).toBe(outcome);
  });

  test('names the members that failed', () => {
    const { next } = decideGroup(three, statesOf({ a: 'success', b: 'failed', c: 'success' }), 5);
    expect(next.state).toMatchObject({ reason: '3 of 3 had to succeed; b: failed', finishedAt: 5 });
  });

  test('does nothing to a group that has ended', () => {
    const group = groupOf(
      { a: [] },
      { state: { kind: 'finished', outcome: 'failed', reason: null, finishedAt: 1 } },
    );
    expect(decideGroup(group, statesOf({ a: 'waiting' }), 2)).toEqual({ next: group, actions: [] });
  });
});

describe('queueOf', () => {
  test('gives the place and the reason of each member that waits', () => {
    const group = groupOf({ a: [], b: [], c: ['a'] }, { maxParallel: 1 });
    expect([...queueOf(group, statesOf({ a: 'running', b: 'waiting', c: 'waiting' }))]).toEqual([
      ['b', { place: 1, why: 'maxParallel' }],
      ['c', { place: 2, why: 'needs' }],
    ]);
  });

  test('keeps members of one project apart while GitLab refuses its pipelines for their number', () => {
    const group = groupOf(Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`m${index}`, []])));
    const oneProject = {
      ...group,
      members: group.members.map((member) => ({ ...member, project: 'group/app' })),
    };
    const all = new Map(oneProject.members.map(({ name }) => [name, waiting]));
    const { actions } = decideGroup(oneProject, all, 0);
    expect(actions).toHaveLength(mostCreating);
    const limited = new Map<string, MemberState>([...all, ['m0', { kind: 'creating', isLimited: true }]]);
    expect(queueOf(oneProject, limited).get('m0')).toEqual({ place: 1, why: 'limit' });
    expect(queueOf(oneProject, limited).get('m9')).toEqual({ place: 7, why: 'limit' });
  });
});

/** Members that need only earlier ones: every such group is free of cycles, and each one without cycles can be so ordered. */
const anyGroup = fc
  .record({
    needs: fc.array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 30 }),
    require: fc.oneof(
      fc.constant<Requirement>('all'),
      fc.constant<Requirement>('any'),
      fc.integer({ min: 1, max: 30 }),
    ),
    failFast: fc.boolean(),
    maxParallel: fc.option(fc.integer({ min: 1, max: 5 })),
    projects: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ needs, require, failFast, maxParallel, projects }) => {
    const named = Object.fromEntries(
      needs.map((each, index) => [
        `m${index}`,
        [...new Set(each.filter((need) => need < index).map((need) => `m${need}`))],
      ]),
    );
    const group = groupOf(named, {
      require: typeof require === 'number' ? Math.min(require, needs.length) : require,
      ...{ failFast, maxParallel, deadlineAt: Infinity },
    });
    return {
      ...group,
      members: group.members.map((member, index) => ({ ...member, project: `group/${index % projects}` })),
    };
  });

const anyOutcomes = fc.array(fc.constantFrom(...outcomes), { minLength: 30, maxLength: 30 });
const anyOrder = fc.array(fc.nat(1_000), { minLength: 30, maxLength: 30 });

/** Runs a group to its end; members end with the outcomes and in the order that were drawn. */
function run(group: Group, ends: readonly MemberState[], order: readonly number[]) {
  const states = new Map<string, MemberState>(group.members.map(({ name }) => [name, waiting]));
  const started: string[] = [];
  let now = group;
  for (let step = 0; !isGroupFinished(now); step += 1) {
    if (step > 200) throw new Error('the group does not end');
    const { next, actions } = decideGroup(now, states, step);
    now = next;
    for (const { type, member } of actions)
      if (type === 'start') {
        const { needs } = group.members.find(({ name }) => name === member) ?? { needs: [] };
        for (const need of needs) {
          const state = states.get(need);
          expect(state?.kind === 'ended' && isSuccess[state.outcome]).toBe(true);
        }
        expect(states.get(member)).toBe(waiting);
        states.set(member, creating);
        started.push(member);
      } else states.set(member, { kind: 'ended', outcome: type === 'skip' ? 'skipped' : 'canceled' });
    const active = [...states].filter(([, { kind }]) => kind === 'creating' || kind === 'running');
    expect(active.length).toBeLessThanOrEqual(group.maxParallel ?? Infinity);
    const chosen = active[(order[step % order.length] ?? 0) % Math.max(active.length, 1)];
    if (chosen === undefined) continue;
    const [name, { kind }] = chosen;
    const index = group.members.findIndex((member) => member.name === name);
    states.set(name, kind === 'creating' ? running : (ends[index] ?? success));
  }
  return { group: now, states, started };
}

describe('a group of any members', () => {
  test('ends, starts no member twice, and has the verdict of its rule', () => {
    fc.assert(
      fc.property(anyGroup, anyOutcomes, anyOrder, (group, drawn, order) => {
        const ends = drawn.map((outcome): MemberState => ({ kind: 'ended', outcome }));
        const { group: after, states, started } = run(group, ends, order);
        expect(new Set(started).size).toBe(started.length);
        const succeeded = [...states.values()].filter(
          (state) => state.kind === 'ended' && isSuccess[state.outcome],
        ).length;
        const verdict = succeeded >= requiredOf(group) ? 'success' : 'failed';
        expect(after.state).toMatchObject({ kind: 'finished', outcome: verdict });
        expect(states.size).toBe(group.members.length);
        for (const [, { kind }] of states) expect(kind).toBe('ended');
      }),
    );
  });

  test('keeps a verdict that is certain, whatever happens after', () => {
    fc.assert(
      fc.property(
        anyGroup,
        anyOutcomes,
        fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
        (group, drawn, has) => {
          const patient = { ...group, failFast: false };
          const states = new Map<string, MemberState>(
            group.members.map(({ name }, index) => [
              name,
              has[index] === true ? { kind: 'ended', outcome: drawn[index] ?? 'success' } : waiting,
            ]),
          );
          const certain = certainVerdict(patient, states);
          if (certain === null) return;
          for (const fill of [success, failed]) {
            const all = new Map(
              [...states].map(([name, state]) => [name, state.kind === 'ended' ? state : fill]),
            );
            if (fill === success && certain === 'failed') continue;
            expect(certainVerdict(patient, all)).toBe(certain);
          }
        },
      ),
    );
  });
});
