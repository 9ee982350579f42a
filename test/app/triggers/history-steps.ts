import fc from 'fast-check';
import { expect } from 'vitest';
import { maxPollIntervalMs } from '../../../src/domain/trigger/poll-interval.ts';
import { hookFixtures, readFixture } from '../../support/hook-fixtures.ts';
import type { Hook } from '../../support/histories/history.ts';
import type { Replay } from '../deliveries/replay-history.ts';

/** What may happen while a history goes on. The hooks are picked from all that GitLab has sent until then. */
export type Step =
  | { readonly kind: 'live' | 'live to the end' | 'sweep' | 'answer' }
  | {
      readonly kind: 'deliver' | 'duplicates' | 'both hooks' | 'replay' | 'unrelated' | 'garbled';
      readonly pick: number;
    }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'restart'; readonly jumpMs: number };

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Old and new ones alike: left to itself fast-check prefers small numbers, which are the oldest hooks. */
const anyPick = fc.noBias(fc.nat({ max: 119 }));

const usual: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('live') }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('deliver'), pick: anyPick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('duplicates', 'both hooks', 'replay', 'unrelated', 'garbled'),
      pick: anyPick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('live to the end', 'sweep', 'answer') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pause'), ms: fc.constantFrom(500, 5_000, minute, hour) }),
  },
];

export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(fc.oneof(...usual), {
  maxLength: 22,
  size: 'max',
});

/** Between two lives of the service somebody sets the clock: by nothing, an hour or a day, both ways. */
export const anyStepsWithJumps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(...usual, {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('restart'),
      jumpMs: fc.constantFrom(0, -hour, hour, -day, day),
    }),
  }),
  { maxLength: 22, size: 'max' },
);

/** Of what was done to the service that may have it ask GitLab. */
export interface Tally {
  accepted: number;
  sweeps: number;
  replays: number;
  restarts: number;
}

const textOf = ({ body }: Hook): string => JSON.stringify(body);

/** The hook as it is when nothing of it can be read but which pipeline it is about. */
function garbled({ event, body }: Hook): string {
  const { object_attributes: attributes, pipeline_id: pipelineId } = body as {
    object_attributes?: { id: number };
    pipeline_id?: number;
  };
  return JSON.stringify(
    event === 'Pipeline Hook' ? { object_attributes: { id: attributes?.id } } : { pipeline_id: pipelineId },
  );
}

/** Has a trigger live through some steps; what came before must have no second effect. */
export function liveThrough(replay: Replay, answer: () => void) {
  const tally: Tally = { accepted: 0, sweeps: 0, replays: 0, restarts: 0 };
  const known = new Set<string>();

  async function deliver(event: string, body: string, key: string): Promise<void> {
    const asked = replay.gitlab.calls.length;
    const result = await replay.deliver(event, body, key);
    await replay.rest();
    if (known.has(key)) expect([result, replay.gitlab.calls.length]).toEqual(['duplicate', asked]);
    else tally.accepted += 1;
    known.add(key);
  }

  async function takePick(kind: Step['kind'], pick: number): Promise<void> {
    const sent = replay.gitlab.sent();
    const index = pick % Math.max(sent.length, 1);
    const hook = sent[index];
    if (hook === undefined) return;
    const { event } = hook;
    if (kind === 'deliver') return deliver(event, textOf(hook), `project ${index}`);
    if (kind === 'garbled') return deliver(event, garbled(hook), `garbled ${index}`);
    if (kind === 'unrelated') {
      const name = hookFixtures[pick % hookFixtures.length] ?? hookFixtures[0];
      return deliver('System Hook', readFixture(name), `unrelated ${name}`);
    }
    if (kind === 'replay') {
      const stored = await replay.stored();
      tally.replays += 1;
      return replay.replay(stored[pick % Math.max(stored.length, 1)] ?? '');
    }
    const keys = kind === 'duplicates' ? ['project', 'project'] : ['project', 'group'];
    await Promise.all(keys.map((key) => replay.deliver(event, textOf(hook), `${key} ${index}`)));
    await replay.rest();
    for (const key of keys) known.add(`${key} ${index}`);
    tally.accepted += keys.length;
  }

  async function take(step: Step): Promise<void> {
    if ('pick' in step) await takePick(step.kind, step.pick);
    else if ('ms' in step) await replay.advance(step.ms);
    else if ('jumpMs' in step) {
      tally.restarts += 1;
      await replay.restart(step.jumpMs);
    } else if (step.kind === 'sweep') {
      tally.sweeps += 1;
      await replay.sweep();
    } else if (step.kind === 'live') replay.gitlab.liveOn();
    else if (step.kind === 'live to the end') replay.letLive();
    else answer();
    await replay.rest();
  }

  return {
    tally,
    take,
    /** GitLab comes to its end, and the service sweeps: once, and once more for each time GitLab waits for it. */
    async end(): Promise<void> {
      answer();
      await replay.rest();
      for (let sweeps = replay.gitlab.waitsLeft() + 1; sweeps > 0; sweeps -= 1) {
        replay.letLive();
        await replay.advance(maxPollIntervalMs);
        await take({ kind: 'sweep' });
      }
    },
    /** Every hook there ever was comes once more: the same, and by the hook of the group. */
    async repeatEverything(): Promise<void> {
      for (const [index, hook] of replay.gitlab.sent().entries())
        for (const key of ['project', 'late'])
          await replay.deliver(hook.event, textOf(hook), `${key} ${index}`);
      for (const id of await replay.stored()) await replay.replay(id);
      await replay.rest();
    },
  };
}
