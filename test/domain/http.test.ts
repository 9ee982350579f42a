import { describe, expect, test } from 'vitest';
import { isHtml, networkErrorCode, retryAfterMs } from '../../src/domain/http.ts';

const now = Date.parse('2026-11-30T12:00:00Z');

describe('Retry-After', () => {
  test.each<[Readonly<Record<string, string>>, number | null]>([
    [{}, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '1.5e' }, null],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': 'Mon, 30 Nov 2026 12:01:00 GMT' }, 60_000],
    [{ 'retry-after': 'Mon, 30 Nov 2026 11:00:00 GMT' }, 0],
    // By the sender's clock, which is an hour behind ours.
    [{ 'retry-after': 'Mon, 30 Nov 2026 11:01:00 GMT', date: 'Mon, 30 Nov 2026 11:00:00 GMT' }, 60_000],
  ])('%j is %s ms', (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected);
  });
});

test('a web page is known by its content type', () => {
  expect(['text/html; charset=utf-8', 'application/xhtml+xml'].map(isHtml)).toEqual([true, true]);
  expect(['application/json', '', null, undefined].map(isHtml)).toEqual([false, false, false, false]);
});

describe('the code of a failed request', () => {
  const withCode = (code: unknown): Error => Object.assign(new Error('words'), { code });

  test('is its own, or that of the cause that fetch wraps', () => {
    expect(networkErrorCode(withCode('ECONNRESET'))).toBe('ECONNRESET');
    expect(networkErrorCode(new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') }))).toBe(
      'ECONNREFUSED',
    );
  });

  test('is null where there is none, or one that is no name of Node’s', () => {
    const others = [new Error('words'), withCode(20), withCode('a secret'), 'ECONNRESET', null, undefined];
    expect(others.map(networkErrorCode)).toEqual(others.map(() => null));
  });
});
