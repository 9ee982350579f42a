import { expect, test } from 'vitest';
import { redactSecrets } from '../../src/domain/redact-secrets.ts';

test.each([
  ['as it is', 'pa"ss & word', 'is pa"ss & word wrong?'],
  ['as JSON writes it', 'pa"ss & word', 'is pa\\"ss & word wrong?'],
  ['as a URL writes it', 'pa"ss & word', 'is pa%22ss%20%26%20word wrong?'],
  ['on several lines', 'line 1\nline 2', 'is line 1\nline 2 wrong?'],
  ['with half a surrogate pair', 'half \ud800 pair', 'is half \ud800 pair wrong?'],
])('does not show a secret %s', (_how, secret, said) => {
  expect(redactSecrets([secret])(said)).toBe('is [redacted] wrong?');
});

test('does not show the rest of one that begins like another', () => {
  expect(redactSecrets(['secret', 'secret-and-more'])('secret-and-more secret')).toBe(
    '[redacted] [redacted]',
  );
});

test('stays readable where values are short', () => {
  expect(redactSecrets(['main', '', 'n'])('Reference main not found')).toBe('Reference main not found');
});
