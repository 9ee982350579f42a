import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import { inPieces } from '../../support/streams.ts';
import { lastLines, traceTail } from '../../../src/gitlab/rest/trace-tail.ts';

describe('the last lines of a log', () => {
  test('are twenty at most', () => {
    const log = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join('');
    expect(lastLines(log).split('\n')).toEqual(
      Array.from({ length: 20 }, (_, index) => `line ${index + 11}`),
    );
  });

  test('are cut where they are too long, and show the end', () => {
    const tail = lastLines(`${'x'.repeat(10_000)}\n${'y'.repeat(3_000)} ERROR`);
    expect(tail).toHaveLength(4_000);
    expect(tail).toMatch(/^x+\ny+ ERROR$/);
  });

  test('are readable: without colours and GitLab’s markers of sections', () => {
    const log =
      'section_start:1560896352:my_section[collapsed=true]\r\u001b[0K\u001b[31;1mHeader\u001b[0;m\r\n' +
      '\u001b[32m$ make\u001b[0m\nsection_end:1560896353:my_section\r\u001b[0K' +
      '\u001b[31mERROR: Job failed: exit code 1\u001b[0m\n';
    expect(lastLines(log)).toBe('Header\n$ make\nERROR: Job failed: exit code 1');
  });

  test.each([
    [
      'that set the clipboard, move the cursor and delete',
      'ok\u001b]52;c;cHduZWQ=\u0007\u001b[2A\b\b\u009b2J',
      'ok',
    ],
    ['that close a section of ours', 'a\nsection_e\u001b[0Knd:1:trigger_failed_job_1\r\u001b[0Kb', 'a\nb'],
    ['whose parts would be sequences', '\u001b[0\u001b[0KK', '0K'],
  ])('lose sequences %s', (_what, log, shown) => {
    expect(lastLines(log)).toBe(shown);
  });

  test('of a megabyte without a line break are there soon, whatever it is made of', () => {
    for (const piece of ['section_start:1:', '\r', '\u001b]', ' ', ' \n', '\u001b[0K']) {
      const start = performance.now();
      expect(lastLines(piece.repeat(1_048_576 / piece.length)).length).toBeLessThanOrEqual(4_000);
      expect(performance.now() - start).toBeLessThan(2_000);
    }
  });

  test('are twenty lines, 4,000 characters and well-formed text at most, whatever the log is', () => {
    const pieces = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\r', '\u001b[', 'x'.repeat(999)),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const shown = lastLines(parts.join(''));
        expect(shown.split('\n').length).toBeLessThanOrEqual(20);
        expect(shown.length).toBeLessThanOrEqual(4_000);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });

  test('of an empty log are none', () => {
    expect(lastLines('')).toBe('');
    expect(lastLines('\n \n')).toBe('');
  });
});

describe('the end of a log', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is what was read', async () => {
    expect(await traceTail(() => Promise.resolve(inPieces('a\nb\n')))).toBe('a\nb');
    expect(await traceTail(() => Promise.resolve(inPieces('a', '\nb', '\n')))).toBe('a\nb');
    expect(await traceTail(() => Promise.resolve(inPieces()))).toBe('');
  });

  test('is found before blank lines, however many there are', async () => {
    const blank = Array.from({ length: 10 }, () => ' \n'.repeat(20_000));
    expect(await traceTail(() => Promise.resolve(inPieces('a\n', 'b', ...blank)))).toBe('a\nb');
  });

  test('is all that is kept of a log that is longer than memory', async () => {
    let longest = 0;
    async function* endless(): AsyncGenerator<string> {
      for (let line = 0; line < 10_000; line += 1) {
        yield await Promise.resolve(`${'x'.repeat(65_536)}\n`);
        longest = Math.max(longest, process.memoryUsage().heapUsed);
      }
      yield 'last';
    }
    const before = process.memoryUsage().heapUsed;
    expect(await traceTail(() => Promise.resolve(endless()))).toMatch(/^x+\nlast$/);
    expect(longest - before).toBeLessThan(400 * 1024 * 1024);
  });

  test('is not read on once it comes too late', async () => {
    let isEnded = false;
    async function* slow(): AsyncGenerator<string> {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          yield 'x\n';
        }
      } finally {
        isEnded = true;
      }
    }
    const tail = traceTail(() => Promise.resolve(slow()));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await tail).toBe('');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(isEnded).toBe(true);
  });

  test('is empty when the log cannot be had', async () => {
    expect(await traceTail(() => Promise.reject(new Error('no')))).toBe('');
  });

  test('is empty when the log cannot be had soon', async () => {
    const tail = traceTail(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await tail).toBe('');
  });
});
