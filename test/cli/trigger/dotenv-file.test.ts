import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDotenvFile } from '../../../src/cli/trigger/dotenv-file.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

function begin() {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const file = path.join(directory.path, 'x.env');
  const notes: string[] = [];
  const dotenv = openDotenvFile(file, (message) => notes.push(message));
  dotenv.write({ id: 7, url: 'https://gitlab.test/7', status: 'success' });
  return { dotenv, notes, lines: () => readFileSync(file, 'utf8').split('\n').slice(3, -1) };
}

test('outputs follow what is known of the pipeline', () => {
  const { dotenv, notes, lines } = begin();
  dotenv.addOutputs({ VERSION: '1.2.3', TEXT: '"a b" # c' });
  expect(lines()).toEqual(['VERSION=1.2.3', 'TEXT="a b" # c']);
  dotenv.write({ id: 7, url: null, status: 'failed' });
  expect(lines()).toHaveLength(2);
  expect(notes).toEqual([]);
});

test.each<readonly [name: string, value: string, why: string]>([
  ['A', 'two\nlines', 'a line break'],
  ['A', 'x\rTRIGGERED_PIPELINE_ID=1', 'a line break'],
  ['A', 'x\u2028y', 'a line break'],
  ['TRIGGERED_PIPELINE_ID', '1', 'own'],
  ['A B', '1', 'no name'],
  ['A=1\nB', '1', 'no name'],
  ...[
    'PATH',
    'LD_PRELOAD',
    'GITLAB_TOKEN',
    'CI_SERVER_URL',
    'BASH_ENV',
    'GIT_SSH_COMMAND',
    'https_proxy',
  ].map((name) => [name, '1', 'how later jobs run'] as const),
])('the output %j=%j is left out, with a line that says why', (name, value, why) => {
  const { dotenv, notes, lines } = begin();
  dotenv.addOutputs({ [name]: value, B: 'kept' });
  expect(lines()).toEqual(['B=kept']);
  expect(notes).toEqual([expect.stringContaining(why)]);
});
