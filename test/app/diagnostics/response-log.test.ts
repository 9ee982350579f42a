import { expect, test } from 'vitest';
import { createResponseLog } from '../../../src/app/diagnostics/response-log.ts';
import type { CountedNote } from '../../../src/app/ports/index.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { start } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';

const id = 'trg_1' as TriggerId;

function begin({ isBroken = false } = {}) {
  const clock = createFakeClock();
  const written: (readonly CountedNote[])[] = [];
  const lines: string[] = [];
  const answers = createResponseLog({
    store: {
      note: (notes) => {
        written.push(notes);
        return isBroken ? Promise.reject(storageUnavailable()) : Promise.resolve();
      },
    },
    clock,
    log: { warn: (_fields, message) => void lines.push(message) },
  });
  return { clock, written, lines, answers };
}

test('ten thousand equal answers are one note', async () => {
  const { clock, written, answers } = begin();
  for (let index = 0; index < 9_999; index += 1) answers.note(id, 'ci', 200);
  answers.note(id, 'ci', null);
  await clock.advance(1_000);
  answers.note(id, 'ci', 200);
  expect(written).toEqual([]);
  await clock.advance(1_000);
  const note = { type: 'answer', to: 'ci' };
  expect(written).toEqual([
    [
      { id, note: { ...note, status: 200 }, count: 10_000, at: start, until: start + 1_000 },
      { id, note: { ...note, status: null }, count: 1, at: start, until: start },
    ],
  ]);
  await clock.advance(60_000);
  expect(written).toHaveLength(1);
});

test('a flush writes notes immediately, and drops them with a log line when the disk fails', async () => {
  const { clock, written, lines, answers } = begin({ isBroken: true });
  answers.note(id, 'ci', 200);
  await answers.flush();
  expect([written.length, lines]).toEqual([1, ['answers not written down']]);
  await clock.advance(2_000);
  expect(written).toHaveLength(1);
});
