import { expect, test } from 'vitest';
import { readLogText } from '../../../src/cli/trigger/read-log-text.ts';

const jobs = [
  { id: 1, name: 'build', stage: 'build' },
  { id: 2, name: 'test (a, b)', stage: 'test' },
  { id: 3, name: 'deploy', stage: 'prod' },
];

test('takes the logs apart, the newest job first', () => {
  const text = `== build (build, success)
line 1

line 3

== test (a, b) (test, failed)
== not a job (test, success)
== build (build, success)

== deploy (prod, skipped)


`;
  expect(readLogText(text, jobs)).toEqual([
    { name: 'deploy', trace: '' },
    { name: 'test (a, b)', trace: '== not a job (test, success)\n== build (build, success)\n' },
    { name: 'build', trace: 'line 1\n\nline 3\n' },
  ]);
});

test('finds a job by its name as the service shows it', () => {
  const hostile = [{ id: 1, name: 'job \u001b[2J\n== x', stage: 'a\tb' }];
  expect(readLogText('== job  == x (a b, failed)\nline\n', hostile)).toEqual([
    { name: 'job \u001b[2J\n== x', trace: 'line\n' },
  ]);
});

test('no logs are no logs', () => {
  expect(readLogText('', jobs)).toEqual([]);
});
