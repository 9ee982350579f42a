import { describe, expect, test } from 'vitest';
import type { HistoryStore, TriggerStore } from '../../src/app/ports/index.ts';
import type { Note } from '../../src/domain/trigger/history.ts';
import type { DeliveryId, TriggerId } from '../../src/domain/ids.ts';
import { aRunning, aTrigger, start } from '../fakes/triggers.ts';
import { noSecrets } from './store-contract.ts';

interface StoresUnderTest {
  readonly triggers: TriggerStore;
  readonly history: HistoryStore;
}

const { id } = aTrigger();
const read: Note = { type: 'read', why: 'sweep', status: 'running', refusal: null };
const answer: Note = { type: 'answer', to: 'ci', status: 503 };
const cause = { event: 'pipelineSeen', delivery: 'dlv_1' as DeliveryId } as const;
const isPending = { type: 'state', state: 'pending' } as const;

/** What every place that keeps histories must do. */
export function historyContract(name: string, open: () => Promise<StoresUnderTest>): void {
  async function begin(): Promise<StoresUnderTest> {
    const stores = await open();
    await stores.triggers.create(aTrigger(), noSecrets, null);
    return stores;
  }
  const note = (text: Note, at = start) => ({ at, note: text });

  describe(`${name}: histories`, () => {
    test('show entries that callers see with their cause, and notes that callers do not see', async () => {
      const { triggers, history } = await begin();
      await triggers.commit(aRunning(), 1, [{ ...isPending, cause }], [note(read, start + 5)]);
      const timeline = await triggers.timeline(id, 0);
      expect(timeline.map(({ entry }) => entry)).toEqual([isPending, isPending]);
      expect((await history.of(id)).map(({ sequence: _, ...line }) => line)).toEqual([
        { at: start, until: null, count: 1, line: isPending, cause: null },
        { at: start + 5, until: null, count: 1, line: read, cause: null },
        { at: start, until: null, count: 1, line: isPending, cause },
      ]);
    });

    test('count the same note, other notes in between or not, until callers see a new entry', async () => {
      const { triggers, history } = await begin();
      const counted = (text: Note, count: number, at: number) => ({
        id,
        note: text,
        count,
        at,
        until: at + 1,
      });
      await history.note([counted(read, 1, 10), counted(answer, 9_000, 11), counted(read, 1, 12)]);
      await history.note([counted(answer, 1_000, 20)]);
      await triggers.commit(aRunning(), 1, [isPending]);
      await history.note([counted(read, 1, 30)]);
      expect(
        (await history.of(id)).map(({ line, at, until, count }) => [line.type, at, until, count]),
      ).toEqual([
        ['state', start, null, 1],
        ['read', 10, 13, 2],
        ['answer', 11, 21, 10_000],
        ['state', start, null, 1],
        ['read', 30, null, 1],
      ]);
    });

    test('leave out notes on triggers that are not there, and are each of one trigger', async () => {
      const { triggers, history } = await begin();
      await triggers.create(aTrigger({}, { id: 'trg_2' }), noSecrets, null);
      const other = 'trg_2' as TriggerId;
      const gone = 'trg_gone' as TriggerId;
      const times = { count: 1, at: 1, until: 1 };
      await history.note([
        { ...times, id: gone, note: read },
        { ...times, id: other, note: read },
      ]);
      expect(await history.of(gone)).toEqual([]);
      expect((await history.of(other)).map(({ line }) => line.type)).toEqual(['state', 'read']);
      expect((await history.of(id)).map(({ line }) => line.type)).toEqual(['state']);
      expect(await history.of(other, 1)).toEqual((await history.of(other)).slice(-1));
    });
  });
}
