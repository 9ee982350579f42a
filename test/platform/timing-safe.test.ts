import { expect, test } from 'vitest';
import { isOneOf } from '../../src/platform/timing-safe.ts';

test('knows a secret, whichever it is of several', () => {
  expect(isOneOf('old', ['old', 'new'])).toBe(true);
  expect(isOneOf('new', ['old', 'new'])).toBe(true);
  expect(isOneOf('ключ 🔑', ['ключ 🔑'])).toBe(true);
});

test.each([[''], ['secre'], ['secret '], ['SECRET'], ['secret\0'], ['secretsecret'], ['x'.repeat(100_000)]])(
  'does not take %j for the secret',
  (sent) => {
    expect(isOneOf(sent, ['secret'])).toBe(false);
  },
);

test('knows nothing where there are no secrets', () => {
  expect(isOneOf('', [])).toBe(false);
});
