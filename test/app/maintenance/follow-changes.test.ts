import { expect, onTestFinished, test } from 'vitest';
import { createTriggerNotifier } from '../../../src/app/engine/trigger-notifier.ts';
import { followChanges } from '../../../src/app/maintenance/follow-changes.ts';
import type { ChangeFeed, StoredChanges } from '../../../src/app/ports/index.ts';
import type { DeliveryId, TriggerId } from '../../../src/domain/ids.ts';
import { createFakeClock, settled } from '../../fakes/fake-clock.ts';
import { aTrigger } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';

const ids = (count: number): TriggerId[] =>
  Array.from({ length: count }, (_, index) => `trg_${index}` as TriggerId);

/** A process that follows a feed into which the test puts what another one has stored. */
function begin() {
  const clock = createFakeClock();
  const waiters = createTriggerNotifier();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const stored: (StoredChanges | Error)[] = [];
  let wake = (): void => undefined;
  const changes: ChangeFeed = {
    changed: (signal) =>
      new Promise((resolve) => {
        if (stored.length > 0) resolve();
        wake = resolve;
        signal.addEventListener('abort', () => resolve());
      }),
    next: () => {
      const next = stored.shift() ?? { triggers: [], deliveries: [], isMore: false };
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  };
  const found: TriggerId[] = [];
  const store = {
    find: (id: TriggerId) => {
      found.push(id);
      return Promise.resolve({ trigger: aTrigger({}, { id }), version: 1 });
    },
  };
  const lines: string[] = [];
  const log = (_fields: object, message: string): void => void lines.push(message);
  const delivered: DeliveryId[] = [];
  const ended = followChanges(
    {
      changes,
      store,
      waiters,
      delivered: (ids) => void delivered.push(...ids),
      clock,
      log: { info: log, warn: log, error: log },
    },
    stopping.signal,
  );
  return {
    ...{ clock, waiters, stopping, found, lines, delivered, ended },
    store: async (...more: readonly (Partial<StoredChanges> | Error)[]) => {
      for (const each of more)
        stored.push(each instanceof Error ? each : { triggers: [], deliveries: [], isMore: false, ...each });
      wake();
      await settled();
    },
  };
}

test('who waits for a trigger that another process has changed is notified', async () => {
  const { waiters, store, found } = begin();
  const rung: string[] = [];
  waiters.subscribe('trg_1' as TriggerId, ({ id }) => rung.push(id));
  await store({ triggers: ids(3) });
  expect(rung).toEqual(['trg_1']);
  // The others are of no interest here: they are not even read.
  expect(found).toEqual(['trg_1']);
});

test('who watches all triggers is notified of each, however many there are', async () => {
  const { waiters, store } = begin();
  const rung: string[] = [];
  waiters.subscribeAll(({ id }) => rung.push(id));
  await store({ triggers: ids(250), isMore: true }, { triggers: ['trg_x' as TriggerId] });
  expect(rung).toEqual([...ids(250), 'trg_x']);
});

test('deliveries of another process are passed on', async () => {
  const { store, delivered } = begin();
  await store({ deliveries: ['dlv_1' as DeliveryId] });
  expect(delivered).toEqual(['dlv_1']);
});

test('what cannot be read is said once, tried again, and then given without a further change', async () => {
  const { clock, waiters, store, lines } = begin();
  const rung: string[] = [];
  waiters.subscribeAll(({ id }) => rung.push(id));
  await store(storageUnavailable(), storageUnavailable(), { triggers: ids(1) });
  expect(rung).toEqual([]);
  await clock.advance(1_000);
  expect(rung).toEqual(ids(1));
  expect(lines).toEqual([
    'changes of other processes cannot be read',
    'changes of other processes can be read again',
  ]);
});

test('a stop ends it', async () => {
  const { stopping, ended } = begin();
  stopping.abort();
  await ended;
});
