import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logText } from '../../../src/http/middleware/log-text.ts';
import { aJob } from '../../fakes/triggers.ts';
import { inPieces, textOf } from '../../support/streams.ts';

async function* logOf(...pieces: readonly string[]) {
  yield await Promise.resolve({ job: aJob('unit', 'failed'), trace: inPieces(...pieces) });
}

const heading = '== unit (test, failed)';
/** What is shown under the heading of a job whose log comes in these pieces. */
async function shown(...pieces: readonly string[]): Promise<string> {
  const text = await textOf(logText(logOf(...pieces)));
  expect(text.startsWith(`${heading}\n`)).toBe(true);
  expect(text.endsWith('\n\n')).toBe(true);
  return text.slice(heading.length + 1, -2);
}

describe('the log of a job as text', () => {
  test('ends with its last word', async () => {
    expect(await shown('line 1\n', '\n', ' line 2', ' \n', '\n')).toBe('line 1\n\n line 2');
    expect(await shown()).toBe('');
  });

  test.each([
    ['== lint (test, failed)\nx', ' == lint (test, failed)\nx'],
    ['x\r\n== lint (test, failed)\r\n', 'x\r\n == lint (test, failed)'],
    ['x\n== lint (test, whatever', 'x\n == lint (test, whatever'],
    ['x\n== Info: no heading\n===\n=', 'x\n== Info: no heading\n===\n='],
    ['x == lint (test, failed)', 'x == lint (test, failed)'],
    [`== ${'x'.repeat(5_000)}\n== y, z)`, `== ${'x'.repeat(5_000)}\n == y, z)`],
  ])('sets lines off that look like headings, in whatever pieces they come: %#', async (log, text) => {
    expect(await shown(log)).toBe(text);
    expect(await shown(...(log.match(/[^]{1,3}/g) ?? []))).toBe(text);
    expect(await shown(...(log.match(/[^]/g) ?? []))).toBe(text);
  });

  test('has one line as its heading, whatever the job is called', async () => {
    async function* logs() {
      yield await Promise.resolve({ job: aJob('a\u001b[2J\n== b', 'failed'), trace: inPieces('x') });
    }
    expect(await textOf(logText(logs()))).toBe('== a == b (test, failed)\nx\n\n');
  });

  test('does not depend on the pieces', async () => {
    const parts = fc.array(fc.constantFrom('\n', '\r\n', '== ', '=', ' ', ', ', 'x'), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(parts, async (pieces) => {
        const text = await shown(...pieces);
        expect(text).toBe(await shown(pieces.join('')));
        expect(text.split('\n').filter((line) => line.startsWith('== ') && line.includes(', '))).toEqual([]);
      }),
    );
  });
});
