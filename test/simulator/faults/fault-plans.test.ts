import { expect, test } from 'vitest';
import { createFaultChooser } from '../../../simulator/faults/fault-plan.ts';
import type { ApiFault } from '../../../simulator/faults/fault-plan.ts';
import { createRandom } from '../../../simulator/faults/random.ts';
import { evenly, troubleEverywhere } from '../../support/fault-plans.ts';

const kinds: readonly ApiFault[] = [
  { kind: 'html' },
  { kind: 'resetAfter' },
  { kind: 'hang' },
  { kind: 'status', status: 502 },
];

test('a plan of 10 % strikes one in ten, each kind as often as another', () => {
  const choose = createFaultChooser(createRandom(7));
  const plan = evenly(0.1, kinds);
  const tries = 40_000;
  const struck = Array.from({ length: tries }, () => choose(plan, () => true)?.kind);
  for (const { kind } of kinds) {
    const share = struck.filter((each) => each === kind).length / tries;
    expect(share, kind).toBeGreaterThan(0.02);
    expect(share, kind).toBeLessThan(0.03);
  }
});

test('the plan for everything holds every kind of fault', () => {
  const pace = { slowMs: 1, lateMs: 1, resendMs: 1, retryAfterSeconds: 1 };
  const { api, hooks } = troubleEverywhere(0.1, pace);
  expect(new Set(api.map(({ kind }) => kind))).toEqual(
    new Set<ApiFault['kind']>([
      ...(['status', 'rateLimit', 'unauthorized', 'resetBefore', 'resetAfter', 'hang', 'slow'] as const),
      ...(['truncate', 'html'] as const),
    ]),
  );
  expect(new Set(hooks.map(({ kind }) => kind)).size).toBe(7);
});
