import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Performer } from '../../../src/app/engine/perform.ts';
import { createPerform } from '../../../src/app/engine/perform.ts';
import type { Action, ReadReason } from '../../../src/domain/trigger/event.ts';
import { createFakeClock, settled } from '../../fakes/fake-clock.ts';
import { aRunning } from '../../fakes/triggers.ts';

const { id } = aRunning();
const start = Date.UTC(2026, 0, 1);

/** A trigger whose reads take a while; it notes when each has begun. */
function begin(readMs = 0) {
  const clock = createFakeClock(start);
  const stopping = new AbortController();
  const reads: { readonly at: number; readonly why: ReadReason | undefined }[] = [];
  const read: Performer = async (_trigger, why) => {
    reads.push({ at: clock.now() - start, why });
    if (readMs > 0) await clock.sleep(readMs);
  };
  const log = (): void => undefined;
  const work = createPerform({
    store: { find: () => Promise.resolve({ trigger: aRunning(), version: 1 }) },
    performers: {
      ...{ start: read, confirm: read, confirmUpstream: read, play: read },
      readOutputs: read,
      ...{ retry: read, retryJobs: read, cancel: read, playGate: read, postStatus: read, readChildren: read },
    },
    recovery: { wait: () => Promise.resolve() },
    clock,
    log: { info: log, warn: log, error: log },
    signal: stopping.signal,
  });
  const ask = async (type: Action['type'], why: ReadReason): Promise<void> => {
    work.perform(id, [{ type, why }]);
    await settled();
  };
  return { clock, reads, ask, stopping, idle: work.idle };
}

describe.each(['confirm', 'confirmUpstream', 'playGate'] as const)('%s', (type) => {
  test('webhooks cause a bounded number of reads, and the last one is read within 5 seconds', async () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(pauses, fc.integer({ min: 0, max: 400 }), async (given, readMs) => {
        const { clock, reads, ask } = begin(readMs);
        for (const pause of given) {
          await clock.advance(pause);
          await ask(type, 'hook');
        }
        const lastAt = clock.now() - start;
        await clock.advance(60_000);
        const last = reads.at(-1)?.at ?? -1;
        expect(last).toBeGreaterThanOrEqual(lastAt);
        expect(last).toBeLessThanOrEqual(lastAt + 5_000 + readMs);
        expect(reads.length).toBeLessThanOrEqual(10 + Math.floor(last / 5_000));
      }),
      { numRuns: 60 },
    );
  });
});

/** What is left once webhooks have had their ten reads. */
async function beginSpent() {
  const begun = begin();
  for (let count = 0; count < 11; count += 1) await begun.ask('confirm', 'hook');
  expect(begun.reads).toHaveLength(10);
  return begun;
}

test('requests during a wait are performed with it, once', async () => {
  const { clock, reads, ask } = await beginSpent();
  for (let count = 0; count < 50; count += 1) await ask('confirm', 'hook');
  await clock.advance(60_000);
  expect(reads.slice(10)).toEqual([{ at: 5_000, why: 'hook' }]);
});

test.each(['action', 'user_request', 'sweep'] as const)(
  'a request of another kind, %s, waits for no turn and stands for those that do',
  async (why) => {
    const { clock, reads, ask } = await beginSpent();
    await clock.advance(1_000);
    await ask('confirm', why);
    await ask('confirm', 'hook');
    expect(reads.slice(10)).toEqual([{ at: 1_000, why }]);
    await clock.advance(60_000);
    expect(reads.slice(11)).toHaveLength(1);
  },
);

test('a request of another kind during a read is not made to wait by a webhook', async () => {
  const { clock, reads, ask } = begin(100);
  for (let count = 0; count < 10; count += 1) {
    await ask('confirm', 'hook');
    await clock.advance(100);
  }
  for (const why of ['user_request', 'action', 'hook'] as const) await ask('confirm', why);
  await clock.advance(100);
  expect(reads.slice(10)).toEqual([
    { at: 1_000, why: 'user_request' },
    { at: 1_100, why: 'action' },
  ]);
});

test('kinds of reads do not wait for each other', async () => {
  const { reads, ask } = await beginSpent();
  await ask('playGate', 'hook');
  await ask('confirmUpstream', 'hook');
  expect(reads).toHaveLength(12);
});

test('a stop ends the wait without a read', async () => {
  const { reads, stopping, idle } = await beginSpent();
  stopping.abort();
  await idle();
  expect(reads).toHaveLength(10);
});
