import { expect, test } from 'vitest';
import { keyName, projectPattern } from '../../../src/domain/access/key-rules.ts';

test.each([
  ...['ci', 'A-1.b_c', '7', 'x'.repeat(63), 'admins', 'local-ci'].map((text) => [text, true] as const),
  ...['', '-a', '.a', 'a b', 'ü', 'x'.repeat(64), 'a\n', 'a@b', 'admin', 'ADMIN', 'Local'].map(
    (text) => [text, false] as const,
  ),
])('whether %j may be the name of a key: %j', (text, isOne) => {
  expect(keyName.accepts(text)).toBe(isOne);
});

test.each([
  ...['group/app', '1', '**', 'group/*', 'a/**/b', 'A_1.b-c/d*'].map((text) => [text, true] as const),
  ...['', '/a', 'a/', 'a//b', 'a b', 'a,b', 'ü/a', 'https://a.test/b', 'a?', 'a\n'].map(
    (text) => [text, false] as const,
  ),
])('whether %j may be a pattern of projects: %j', (text, isOne) => {
  expect(projectPattern.accepts(text)).toBe(isOne);
});
