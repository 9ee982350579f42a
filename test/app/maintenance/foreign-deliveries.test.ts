import { expect, test } from 'vitest';
import { createForeignDeliveries } from '../../../src/app/maintenance/foreign-deliveries.ts';
import type { DeliveryId } from '../../../src/domain/ids.ts';
import { aDelivery } from '../../contracts/store-contract.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { storageUnavailable } from '../../fakes/failures.ts';

function begin() {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const applied: string[] = [];
  const lines: string[] = [];
  const foreign = createForeignDeliveries({
    inbox: {
      find: (id) =>
        id === 'dlv_gone'
          ? Promise.resolve(undefined)
          : Promise.resolve({ delivery: aDelivery(id), result: 'accepted' }),
    },
    applyUnapplied: ({ id }) => {
      applied.push(id);
      return id === 'dlv_bad' ? Promise.reject(storageUnavailable()) : Promise.resolve();
    },
    clock,
    log: { error: (_fields, message) => void lines.push(message) },
  });
  return { clock, stopping, applied, lines, foreign };
}

const idsOf = (...ids: string[]) => ids as DeliveryId[];

test('what another process stored is applied after a second, in its order, each on its own', async () => {
  const { clock, stopping, applied, lines, foreign } = begin();
  const ended = foreign.run(stopping.signal);
  foreign.add(idsOf('dlv_1', 'dlv_bad', 'dlv_gone', 'dlv_2'));
  await clock.advance(750);
  expect(applied).toEqual([]);
  await clock.advance(500);
  expect(applied).toEqual(['dlv_1', 'dlv_bad', 'dlv_2']);
  expect(lines).toEqual(['delivery not applied']);
  stopping.abort();
  await ended;
});

test('a process that stands by applies nothing of another one, neither now nor when it takes over', async () => {
  const { clock, stopping, applied, foreign } = begin();
  foreign.add(idsOf('dlv_1'));
  const ended = foreign.run(stopping.signal);
  await clock.advance(5_000);
  stopping.abort();
  foreign.add(idsOf('dlv_2'));
  await ended;
  foreign.add(idsOf('dlv_3'));
  expect(applied).toEqual([]);
});

test('of very many the newest are applied: the sweep reads the pipelines of the others', async () => {
  const { clock, stopping, applied, foreign } = begin();
  const ended = foreign.run(stopping.signal);
  foreign.add(idsOf(...Array.from({ length: 5_001 }, (_, index) => `dlv_${index}`)));
  await clock.advance(2_000);
  stopping.abort();
  await ended;
  expect(applied).toHaveLength(5_000);
  expect(applied[0]).toBe('dlv_1');
});
