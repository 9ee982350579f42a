import fc from 'fast-check';
import { expect, test } from 'vitest';
import { artifactPath } from '../../../src/domain/trigger/artifact-path.ts';

test('a path consists of its names', () => {
  expect(artifactPath('out/my vars.env')).toEqual(['out', 'my vars.env']);
  expect(artifactPath('..hidden/...')).toEqual(['..hidden', '...']);
});

test.each([
  '',
  '/',
  '/etc/passwd',
  'a/',
  'a//b',
  '.',
  '..',
  'a/../b',
  '../x',
  'a/.',
  'a\nb',
  'a\0',
  '\ud800',
])('%j is no path below an archive', (text) => {
  expect(artifactPath(text)).toBeNull();
});

test('whatever is a path leads a URL to nothing but what is below it', () => {
  const piece = fc.oneof(fc.constantFrom('..', '.', '/', '%2e%2e', '\\', '?', '#', '%2F'), fc.string());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const names = artifactPath(pieces.join(''));
      if (names === null) return;
      const { pathname, search, hash } = new URL(
        ['https://gitlab.test/api/artifacts', ...names.map(encodeURIComponent)].join('/'),
      );
      expect(pathname.startsWith('/api/artifacts/')).toBe(true);
      expect(pathname.split('/').slice(3).map(decodeURIComponent)).toEqual(names);
      expect(search + hash).toBe('');
    }),
  );
});
