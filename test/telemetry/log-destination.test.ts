import { expect, test } from 'vitest';
import { createLogDestination } from '../../src/telemetry/log-destination.ts';

const failing = (code: string): Error => Object.assign(new Error(code), { code });

/** A place for lines, which takes what `room` says at each write: so many bytes, or an error. */
function begin(...room: readonly (number | string)[]) {
  const left = [...room];
  let text = '';
  const destination = createLogDestination((bytes) => {
    const next = left.shift() ?? bytes.length;
    if (typeof next === 'string') return Promise.reject(failing(next));
    text += bytes.subarray(0, next).toString();
    return Promise.resolve(Math.min(next, bytes.length));
  });
  const flushed = (): Promise<void> => new Promise(destination.flush);
  return {
    ...destination,
    flushed,
    text: () => text,
    /** Each line on its own: those that come while one is written go together. */
    writeEach: async (...lines: string[]) => {
      for (const line of lines) {
        destination.write(`${line}\n`);
        await flushed();
      }
    },
  };
}

const notice = (droppedLines: number): string =>
  expect.stringMatching(
    new RegExp(`^\\{"level":40,.*"droppedLines":${droppedLines},"msg":"log lines could not be written"\\}$`),
  ) as string;

test('lines are written whole and in their order, also where a write takes only some of them', async () => {
  const { write, flushed, text, droppedLines } = begin(3, 1, 5);
  const lines = Array.from({ length: 100 }, (_, index) => `{"msg":"line ${index}"}\n`);
  lines.forEach(write);
  await flushed();
  expect(text()).toBe(lines.join(''));
  expect(droppedLines()).toBe(0);
});

test.each(['ENOSPC', 'EPIPE', 'EIO', 'EBADF'])(
  'lines that meet %s are dropped and counted, and the next line that is written says how many',
  async (code) => {
    const { writeEach, text, droppedLines } = begin(2, code, code);
    await writeEach('a', 'b', 'c', 'd', 'e');
    expect(text().split('\n')).toEqual(['a', notice(2), 'd', 'e', '']);
    expect(droppedLines()).toBe(2);
  },
);

test('a line that is cut off does not run into the next one, and counts as lost', async () => {
  const { writeEach, text, droppedLines } = begin(4, 'ENOSPC');
  await writeEach('whole line', 'b');
  expect(text().split('\n')).toEqual(['whol', notice(1), 'b', '']);
  expect(droppedLines()).toBe(1);
});

test('of several lines in one write those that were written whole are not counted', async () => {
  const { write, flushed, text, droppedLines } = begin(3, 7, 'ENOSPC');
  // The others come while the first one is written.
  ['aa\n', 'bb\n', 'cc\n', 'dd\n'].forEach(write);
  await flushed();
  expect(text()).toBe('aa\nbb\ncc\nd');
  expect(droppedLines()).toBe(1);
});

test('a reader that takes nothing just now is tried again', async () => {
  const { writeEach, text, droppedLines } = begin('EAGAIN', 'EAGAIN', 1, 0, 'EAGAIN');
  await writeEach('abc');
  expect(text()).toBe('abc\n');
  expect(droppedLines()).toBe(0);
});

test('lines that wait for a reader who takes nothing are bounded', async () => {
  let letGo = (): void => undefined;
  const isFree = new Promise<void>((resolve) => (letGo = resolve));
  let written = 0;
  const { write, flush, droppedLines } = createLogDestination(async (bytes) => {
    await isFree;
    written += bytes.length;
    return bytes.length;
  });
  const line = `${'x'.repeat(1023)}\n`;
  for (let count = 0; count < 20_000; count += 1) write(line);
  expect(droppedLines()).toBeGreaterThan(11_000);
  letGo();
  await new Promise<void>(flush);
  expect(written).toBeGreaterThan(8_000 * 1024);
  expect(written).toBeLessThan(9_000 * 1024);
});
