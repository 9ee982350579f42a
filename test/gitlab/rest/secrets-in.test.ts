import { expect, test } from 'vitest';
import { secretsIn } from '../../../src/gitlab/rest/secrets-in.ts';

test('are the values of its variables and inputs, and its tokens', () => {
  const body = {
    ref: 'main',
    token: 'glptt-1',
    variables: { NAME: 'value' },
    inputs: { flag: true, count: 1, none: null, deep: [{ text: 'deep value' }] },
  };
  expect(secretsIn(body)).toEqual(['glptt-1', 'value', 'deep value']);
});

test('are the values alone of a list', () => {
  expect(secretsIn({ ref: 'main', variables: [{ key: 'NAME', value: 'value' }] })).toEqual(['value']);
});

test.each([undefined, null, 'text', {}, { ref: 'main' }])('are none in %j', (body) => {
  expect(secretsIn(body)).toEqual([]);
});
