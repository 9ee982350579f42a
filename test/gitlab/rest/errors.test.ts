import { expect, test } from 'vitest';
import { errorMessage } from '../../../src/gitlab/rest/errors.ts';

test.each<[string, unknown, string]>([
  ['a message', { message: '404 Project Not Found' }, '404 Project Not Found'],
  ['an error', { error: 'ref is missing' }, 'ref is missing'],
  ['the errors of a pipeline', { message: { base: ['Reference not found'] } }, 'Reference not found'],
  ['several of them', { message: { base: ['One', 'Two'] } }, 'One, Two'],
  [
    'the errors of fields',
    { message: { ref: ['is empty'], sha: ['is wrong', 'is old'] } },
    'ref: is empty; sha: is wrong, is old',
  ],
  ['the answer to a limit', { message: { error: 'Too many requests' } }, 'error: Too many requests'],
  [
    'what a scope lacks',
    { error: 'insufficient_scope', error_description: 'The request requires more.' },
    'The request requires more.',
  ],
  ['both forms together', { message: null, error: 'invalid_token' }, 'invalid_token'],
  ['a list', { message: ['one', { base: 'two' }] }, 'one, two'],
  ['text', ' 403 Forbidden\n', '403 Forbidden'],
])('%s: in GitLab’s own words', (_what, body, words) => {
  expect(errorMessage(400, body)).toBe(words);
});

test.each<[string, unknown]>([
  ['nothing', null],
  ['an empty text', ''],
  ['the page of a proxy', '<html><body>Bad gateway</body></html>'],
  ['an empty object', {}],
  ['a message that is none', { message: 7 }],
  ['a list', ['x']],
])('%s: no more than the status', (_what, body) => {
  expect(errorMessage(403, body)).toBe('GitLab answers 403');
});

test('is cut where somebody sends a book', () => {
  expect(errorMessage(400, { message: 'x'.repeat(5_000) })).toHaveLength(1_000);
  expect(errorMessage(400, 'x'.repeat(5_000))).toHaveLength(1_000);
});

test('what is to be hidden is hidden before the cut', () => {
  const message = `${'x'.repeat(995)}canary`;
  const said = errorMessage(400, { message }, (text) => text.replaceAll('canary', '[redacted]'));
  expect(said).toBe(`${'x'.repeat(995)}[reda`);
});
