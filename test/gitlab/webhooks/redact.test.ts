import { expect, test } from 'vitest';
import { redactedJson } from '../../../src/gitlab/webhooks/redact.ts';
import { hookFixtures, readFixture } from '../../support/hook-fixtures.ts';

const redacted = (body: unknown): unknown => JSON.parse(redactedJson(body) ?? 'null');

test('replaces the values of variables, keeps their names', () => {
  const variables = [
    { key: 'PASSWORD', value: 'hunter2' },
    { key: 'KEY', value: 'hunter2', raw: true, variable_type: 'hunter2' },
  ];
  expect(redacted({ object_attributes: { id: 31, variables } })).toEqual({
    object_attributes: {
      id: 31,
      variables: [
        { key: 'PASSWORD', value: '[redacted]' },
        { key: 'KEY', value: '[redacted]' },
      ],
    },
  });
});

test('keeps the variable that says which of our triggers a hook belongs to', () => {
  const variables = [{ key: 'PIPELINE_TRIGGER_ID', value: 'trg_1' }];
  expect(redacted({ variables })).toEqual({ variables });
});

test.each([
  ['at the top', { variables: [{ key: 'K', value: 'hunter2' }] }],
  ['deep inside', { a: [{ b: { variables: [{ key: 'K', value: { deep: 'hunter2' } }] } }] }],
  ['within variables', { variables: [{ key: 'K', value: 'x', variables: ['hunter2'] }] }],
  ['in a map', { variables: { K: 'hunter2' } }],
  ['in a text', { variables: 'K=hunter2' }],
  ['in a list of texts', { variables: ['K=hunter2', ['hunter2'], 7] }],
  ['under a name that is none', { variables: [{ key: ['hunter2'], value: 'hunter2' }] }],
  ['with more members', { variables: [{ key: 'K', value: 'x', raw: 'hunter2' }] }],
  ['under our name', { variables: [{ key: 'PIPELINE_TRIGGER_ID', value: 'hunter2' }] }],
  [
    'under our name, with more',
    { variables: [{ key: 'PIPELINE_TRIGGER_ID', value: 'trg_1', raw: 'hunter2' }] },
  ],
  [
    'in a job',
    { build_id: 1, job_variables: [{ key: 'K', value: 'hunter2' }], yaml_variables: { K: 'hunter2' } },
  ],
  [
    'where a template has put them',
    { vars: [{ key: 'K', value: 'hunter2' }], one: { key: 'K', value: 'hunter2' } },
  ],
  ['beside tokens', { token: 'hunter2', user: { private_token: 'hunter2' }, PASSWORD: ['hunter2'] }],
])('finds variables %s', (_where, body) => {
  expect(redactedJson(body)).not.toContain('hunter2');
});

test('leaves everything else as it is', () => {
  const body = {
    variables: null,
    token_present: true,
    trigger_token: null,
    builds: [{ id: 1, name: 'variables' }],
    text: 'ü\u0000"',
    n: 1.5,
  };
  expect(redacted(body)).toEqual(body);
});

test.each(hookFixtures)('keeps of %s all but the variables', (name) => {
  const text = redactedJson(JSON.parse(readFixture(name)));
  expect(text).not.toContain('us-west-1');
  expect(JSON.parse(text ?? '')).toEqual(JSON.parse(readFixture(name).replaceAll('us-west-1', '[redacted]')));
});

test('gives up on what is nested too deeply to be written', () => {
  const depth = 200_000;
  expect(redactedJson(JSON.parse('['.repeat(depth) + ']'.repeat(depth)))).toBeNull();
});

test('does not hide another mistake', () => {
  expect(() => redactedJson({ id: 1n })).toThrow(TypeError);
});

test('of a list that comes twice nothing is kept', () => {
  const twice = '{"variables":[{"key":"K","value":"hunter2"}],"variables":[{"key":"K","value":"hunter3"}]}';
  expect(redacted(JSON.parse(twice))).toEqual({ variables: [{ key: 'K', value: '[redacted]' }] });
});
