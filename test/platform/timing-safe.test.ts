import { expect, test } from 'vitest';
import { matchesAny } from '../../src/platform/timing-safe.ts';

test('knows a secret, whichever it is of several', () => {
  expect(matchesAny('old', ['old', 'new'])).toBe(true);
  expect(matchesAny('new', ['old', 'new'])).toBe(true);
  expect(matchesAny('ключ 🔑', ['ключ 🔑'])).toBe(true);
});

test.each([[''], ['secre'], ['secret '], ['SECRET'], ['secret\0'], ['secretsecret'], ['x'.repeat(100_000)]])(
  'does not take %j for the secret',
  (sent) => {
    expect(matchesAny(sent, ['secret'])).toBe(false);
  },
);

test('knows nothing where there are no secrets', () => {
  expect(matchesAny('', [])).toBe(false);
});
