import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startSimulator } from '../../../simulator/simulator.ts';
import { parseEnvFile } from '../../../src/config/env-file.ts';
import { readConfig } from '../../../src/config/config.ts';
import { sitDown, terminalMaker } from '../../support/at-terminal.ts';
import { pipelineTrigger } from '../../support/built.ts';
import { callCli } from '../../support/call-cli.ts';
import { freePort } from '../../support/free-port.ts';
import { isInstalled } from '../../support/is-installed.ts';
import { node, run } from '../../support/run-command.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
const simulator = await startSimulator({
  users: [
    { username: 'dev', token: 'glpat-dev', roles: { group: 'developer' } },
    { username: 'reader', token: 'glpat-reader', scopes: ['read_api'], roles: { group: 'developer' } },
  ],
  projects: [{ id: 1, path: 'group/app', ci: { build: { script: 'make' } } }],
});
afterAll(async () => {
  await simulator.close();
  directory.remove();
});

let made = 0;
/** A folder with a file for each token. */
function folder() {
  made += 1;
  const at = path.join(directory.path, String(made));
  mkdirSync(at);
  for (const name of ['dev', 'reader', 'unknown']) writeFileSync(path.join(at, name), `glpat-${name}\n`);
  return {
    at,
    env: path.join(at, '.env'),
    init: (token: string, ...more: readonly string[]) =>
      callCli([
        'init',
        ...['--gitlab-url', simulator.url, '--gitlab-token-file', path.join(at, token)],
        ...['--env', path.join(at, '.env'), ...more],
      ]),
  };
}

test('writes settings with new secrets that only their owner can read, and the service starts with them', async () => {
  const { env, init } = folder();
  const { code, stdout, stderr } = await init('dev', '--public-url', 'https://pipelines.example.com');
  expect([code, stderr]).toEqual([0, '']);
  expect(statSync(env).mode & 0o777).toBe(0o600);
  const text = readFileSync(env, 'utf8');
  const settings = parseEnvFile(text);
  expect(settings).toEqual({
    GITLAB_URL: simulator.url,
    GITLAB_TOKEN: 'glpat-dev',
    PUBLIC_URL: 'https://pipelines.example.com',
    WEBHOOK_SECRET: expect.stringMatching(/^[\da-f]{48}$/) as string,
    ADMIN_TOKEN: expect.stringMatching(/^[\da-f]{48}$/) as string,
    PIPELINE_TRIGGER_TOKEN: settings['ADMIN_TOKEN'],
  });
  expect(settings['WEBHOOK_SECRET']).not.toBe(settings['ADMIN_TOKEN']);
  expect(text).not.toMatch(/["']/);
  expect(readConfig(settings)).toMatchObject({ gitlabToken: 'glpat-dev' });
  for (const secret of ['glpat-dev', settings['ADMIN_TOKEN'] ?? '', settings['WEBHOOK_SECRET'] ?? ''])
    expect(stdout).not.toContain(secret);
});

test('prints who the token is, what it may do where, what it lacks, and the next three commands', async () => {
  const { stdout } = await folder().init('dev');
  expect(stdout).toContain('@dev');
  expect(stdout).toMatch(/^group\/app +Developer +not on main +no$/m);
  expect(stdout).toContain('warning: GITLAB_TOKEN (token_branch_protected)');
  expect(stdout.trimEnd().split('\n').slice(-3)).toEqual([
    '  pipeline-trigger serve',
    '  pipeline-trigger hooks install group/app',
    "  pipeline-trigger keys create --name ci --project 'group/*' --expires 365",
  ]);
});

test('--json prints the same for a program, without a secret', async () => {
  const { stdout } = await folder().init('dev', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    account: { username: 'dev', projects: [{ path: 'group/app', mayRun: false }] },
    findings: [{ code: 'token_branch_protected' }, { code: 'token_hooks_unmanaged' }],
    next: [expect.stringContaining('serve'), expect.anything(), expect.anything()],
  });
});

test('a file that is there is not overwritten, and GitLab is not asked', async () => {
  const { env, init } = folder();
  writeFileSync(env, 'mine\n');
  expect(await init('dev')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `pipeline-trigger: ${env} is there already, and is not overwritten\n`,
  });
  expect(readFileSync(env, 'utf8')).toBe('mine\n');
});

test.each([
  ['unknown', 'GITLAB_TOKEN: GitLab does not know it; nothing was written'],
  ['reader', 'GITLAB_TOKEN: lacks the scope api; nothing was written'],
])('a token that is %s is refused, and nothing is written', async (token, message) => {
  const { env, init } = folder();
  expect(await init(token)).toEqual({ code: 1, stdout: '', stderr: `pipeline-trigger: ${message}\n` });
  expect(existsSync(env)).toBe(false);
});

test('no token, no file, no GitLab and a wrong URL are usage errors, and nothing is written', async () => {
  const { env, at, init } = folder();
  const port = await freePort();
  for (const args of [
    ['init', '--env', env],
    ['init', '--env', env, '--gitlab-token-file', path.join(at, 'none')],
    ['init', '--env', env, '--gitlab-token-file', path.join(at, 'dev'), '--gitlab-url', 'gitlab'],
    [
      ...['init', '--env', env, '--gitlab-token-file', path.join(at, 'dev')],
      ...['--gitlab-url', `http://127.0.0.1:${port}`],
    ],
  ])
    expect(await callCli(args)).toMatchObject({ code: 2, stdout: '' });
  expect((await init('dev', '--public-url', 'x')).code).toBe(2);
  expect(existsSync(env)).toBe(false);
});

test('commands take from .env in their folder what the environment lacks', async () => {
  const { at, init } = folder();
  await init('dev');
  const database = path.join(at, 'pt.db');
  const plain = { PATH: process.env['PATH'] ?? '' };
  const doctor = await run(
    node,
    [pipelineTrigger, 'doctor', '--json'],
    { ...plain, DATABASE_URL: `file:${database}` },
    at,
  );
  expect(JSON.parse(doctor.stdout)).toEqual(
    expect.arrayContaining([expect.objectContaining({ code: 'token_branch_protected' })]),
  );
  const without = await run(node, [pipelineTrigger, 'doctor', '--json'], plain, directory.path);
  expect(JSON.parse(without.stdout)).toEqual(
    expect.arrayContaining([expect.objectContaining({ code: 'no_gitlab_token' })]),
  );
});

describe.skipIf(!isInstalled(terminalMaker))('at a terminal', () => {
  test('asks for what the flags do not say, and does not show the token', async () => {
    const { env } = folder();
    const person = sitDown(['init', '--env', env], {});
    await person.answer(/GitLab \[https:\/\/gitlab\.com\]: /, `${simulator.url}\n`);
    await person.answer(/access token.*: /, 'glpat-dev\n');
    await person.answer(/How GitLab reaches this service.*: /, '\n');
    expect(await person.end(), person.shown()).toBe(0);
    expect(person.shown()).not.toContain('glpat-dev');
    const settings = parseEnvFile(readFileSync(env, 'utf8'));
    expect(settings).toMatchObject({ GITLAB_URL: simulator.url, GITLAB_TOKEN: 'glpat-dev' });
    expect(settings).not.toHaveProperty('PUBLIC_URL');
  });
});
