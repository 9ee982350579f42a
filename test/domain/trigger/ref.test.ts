import { expect, test } from 'vitest';
import { formsOfRef, isSameRef, shortRef } from '../../../src/domain/trigger/ref.ts';

test.each([
  ['main', 'main'],
  ['refs/heads/main', 'main'],
  ['refs/heads/feature/slash', 'feature/slash'],
  ['refs/tags/v1.0', 'v1.0'],
  ['refs/merge-requests/7/head', 'refs/merge-requests/7/head'],
  ['heads/main', 'heads/main'],
])('GitLab lists %s as %s', (ref, short) => {
  expect(shortRef(ref)).toBe(short);
  expect(isSameRef(ref, short)).toBe(true);
  expect(isSameRef(ref, 'other')).toBe(false);
});

test('a ref may be asked for in three forms', () => {
  const forms = ['main', 'refs/heads/main', 'refs/tags/main'];
  expect([formsOfRef('main'), formsOfRef('refs/heads/main')]).toEqual([forms, forms]);
});
