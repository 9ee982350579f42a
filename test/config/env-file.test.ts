import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { parseEnvFile, withEnvFile } from '../../src/config/env-file.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);

function read(text: string, env: Readonly<Record<string, string>> = {}) {
  writeFileSync(path.join(directory.path, '.env'), text);
  const warnings: string[] = [];
  return { env: withEnvFile(env, directory.path, (line) => warnings.push(line)), warnings };
}

test('lines are NAME=value, with everything behind the first = as the value', () => {
  expect(parseEnvFile('A=1\r\n# B=2\n\n C = no\nD=a=b#c "d"\n  E=  x  \nF=\n')).toEqual({
    A: '1',
    D: 'a=b#c "d"',
    E: 'x',
    F: '',
  });
});

test('any value without line ends and outer blanks is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => text === text.trim() && !/[\r\n\u2028\u2029]/.test(text)),
      (value) => {
        expect(parseEnvFile(`NAME=${value}\n`)).toEqual({ NAME: value });
      },
    ),
  );
});

test('settings that the environment lacks are taken, and no others', () => {
  const { env } = read('GITLAB_URL=https://a.example.com\nPORT=81\nNODE_OPTIONS=--inspect\nPATH=/evil\n', {
    PORT: '82',
    GITLAB_URL: ' ',
  });
  expect(env).toEqual({ GITLAB_URL: 'https://a.example.com', PORT: '82' });
});

test('a secret that the environment has in a file is not taken as a value as well, and the other way round', () => {
  expect(
    read('ADMIN_TOKEN=a\nGITLAB_TOKEN_FILE=/x\n', { ADMIN_TOKEN_FILE: '/y', GITLAB_TOKEN: 'b' }).env,
  ).toEqual({
    ADMIN_TOKEN_FILE: '/y',
    GITLAB_TOKEN: 'b',
  });
});

test('the token for the service is not taken where the environment names another service', () => {
  const text = 'PIPELINE_TRIGGER_URL=http://here\nPIPELINE_TRIGGER_TOKEN=secret\n';
  expect(read(text).env).toEqual({
    PIPELINE_TRIGGER_URL: 'http://here',
    PIPELINE_TRIGGER_TOKEN: 'secret',
  });
  const elsewhere = { PIPELINE_TRIGGER_URL: 'https://elsewhere.example.com' };
  expect(read(text, elsewhere).env).toEqual(elsewhere);
});

test('a folder without the file leaves the environment as it is', () => {
  const env = { A: '1' };
  expect(withEnvFile(env, path.join(directory.path, 'none'), () => expect.unreachable())).toBe(env);
});

test('a file that cannot be read is a warning', () => {
  const inner = makeTemporaryDirectory();
  mkdirSync(path.join(inner.path, '.env'));
  const warnings: string[] = [];
  expect(withEnvFile({}, inner.path, (line) => warnings.push(line))).toEqual({});
  inner.remove();
  expect(warnings).toEqual([expect.stringMatching(/\.env cannot be read \(EISDIR\)/)]);
});
