import { describe, expect, test } from 'vitest';
import type { RunStatistics, TriggerStore } from '../../src/app/ports/index.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import type { Outcome } from '../../src/domain/trigger/trigger.ts';
import { aTrigger, start } from '../fakes/triggers.ts';
import { noSecrets } from './store-contract.ts';

interface StoresUnderTest {
  readonly triggers: TriggerStore;
  readonly statistics: RunStatistics;
}

const minuteMs = 60_000;

/** What every database that answers for statistics must do. */
export function statisticsContract(name: string, open: () => Promise<StoresUnderTest>): void {
  let made = 0;

  /** A trigger that has ended, so long after its request. */
  async function end(
    { triggers }: StoresUnderTest,
    {
      ref = 'main',
      outcome = 'success',
      minutes = 1,
      at = start,
    }: Partial<{
      readonly ref: string;
      readonly outcome: Outcome;
      readonly minutes: number;
      readonly at: number;
    }> = {},
  ): Promise<void> {
    made += 1;
    const trigger = aTrigger({ ref }, { id: `trg_ended${made}`, at });
    await triggers.create(trigger, noSecrets, null);
    const finishedAt = at + minutes * minuteMs;
    const state = {
      kind: 'finished',
      pipeline: null,
      outcome,
      reason: null,
      failedJobs: [],
      finishedAt,
    } as const;
    expect(await triggers.commit({ ...trigger, state }, 1, [])).toBe('committed');
  }

  describe(`${name}: statistics`, () => {
    test('have the last 20 that succeeded of a project and ref, the newest first', async () => {
      const stores = await open();
      for (let minutes = 1; minutes <= 23; minutes += 1) {
        const outcome = minutes % 2 === 0 ? 'success' : 'manual_passed';
        await end(stores, { minutes, outcome, at: start + minutes * 1_000 });
      }
      await end(stores, { minutes: 99, outcome: 'failed' });
      await end(stores, { minutes: 99, ref: 'dev' });
      const durations = await stores.statistics.recentDurations('group/app', 'main');
      expect(durations).toEqual(Array.from({ length: 20 }, (_, at) => (23 - at) * minuteMs));
      expect(await stores.statistics.recentDurations('group/none', 'main')).toEqual([]);
    });

    test('have what has ended since a time, the newest first, and no more than asked for', async () => {
      const stores = await open();
      await end(stores, { minutes: 1 });
      await end(stores, { minutes: 3, outcome: 'failed' });
      await end(stores, { minutes: 2, outcome: 'canceled' });
      await stores.triggers.create(aTrigger({}, { id: 'trg_pending' }), noSecrets, null);
      const ended = await stores.statistics.endedSince(start + 2 * minuteMs, 10);
      expect(ended).toEqual([
        { project: 'group/app', outcome: 'failed', createdAt: start, finishedAt: start + 3 * minuteMs },
        { project: 'group/app', outcome: 'canceled', createdAt: start, finishedAt: start + 2 * minuteMs },
      ]);
      expect(await stores.statistics.endedSince(start, 1)).toHaveLength(1);
    });

    test('count a trigger whose pipeline goes on as one that has not ended', async () => {
      const stores = await open();
      await end(stores);
      const id = `trg_ended${made}` as TriggerId;
      await stores.triggers.commit({ ...aTrigger({}, { id }) }, 2, []);
      expect(await stores.statistics.endedSince(0, 10)).toEqual([]);
      expect(await stores.statistics.recentDurations('group/app', 'main')).toEqual([]);
    });
  });
}
