import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ApiKey } from '../../src/app/api-keys.ts';
import { readConfig } from '../../src/config.ts';
import { checkModes } from '../../src/doctor/check-files.ts';
import { checkGitLab } from '../../src/doctor/check-gitlab.ts';
import { checkKeys } from '../../src/doctor/check-keys.ts';
import { checkSettings } from '../../src/doctor/check-settings.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { runCli } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);

const strong = (letter: string): string => `${letter}0123456789abcdef0123456789abcdef`;
const sound = {
  GITLAB_TOKEN: 'glpat-1',
  ADMIN_TOKEN: strong('a'),
  WEBHOOK_SECRET: strong('b'),
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};
const told = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ severity, subject, problem }) => `${severity} ${subject}: ${problem}`);

test.each<[Readonly<Record<string, string>>, readonly RegExp[]]>([
  [{}, [/^note WEBHOOK_SIGNING_TOKEN/]],
  [{ ADMIN_TOKEN: 'short' }, [/^note/, /^warning ADMIN_TOKEN: can be guessed/]],
  [{ ADMIN_TOKEN: 'ab'.repeat(20) }, [/^note/, /^warning ADMIN_TOKEN: can be guessed/]],
  [{ WEBHOOK_SECRET: strong('a') }, [/^note/, /^warning WEBHOOK_SECRET: is the same as ADMIN_TOKEN/]],
  [{ PUBLIC_URL: 'http://a.test' }, [/^note/, /^warning PUBLIC_URL: .*plain http/]],
  [{ GITLAB_URL: 'http://a.test' }, [/^note/, /^warning GITLAB_URL: .*plain http/]],
  [{ PUBLIC_URL: 'https://a.test', GITLAB_URL: 'http://127.0.0.1:8081' }, [/^note/]],
  [{ ADMIN_TOKEN: '' }, [/^warning ADMIN_TOKEN: anyone on this machine/, /^note/]],
  [{ WEBHOOK_SECRET: '' }, [/^warning WEBHOOK_SECRET: no hook/]],
  [{ ENCRYPTION_KEY: '' }, [/^note WEBHOOK_SIGNING/, /^note ENCRYPTION_KEY/]],
])('settings %j', (env, expected) => {
  const lines = told(checkSettings(readConfig({ ...sound, ...env }), false));
  expect(lines).toHaveLength(expected.length);
  for (const [at, line] of expected.entries()) expect(lines[at]).toMatch(line);
});

test('keys that are expired, forgotten, endless or mighty', () => {
  const day = 86_400_000;
  const now = 1_000 * day;
  const keyOf = (given: Partial<ApiKey>): ApiKey => ({
    ...{ id: 'key_1', name: 'ci', role: 'trigger', projects: null, revokedAt: null },
    ...{ createdAt: now - day, expiresAt: now + day, lastUsedAt: now, ...given },
  });
  const of = (given: Partial<ApiKey>) => checkKeys([keyOf(given)], now).map(({ problem }) => problem);
  expect(of({})).toEqual([]);
  expect(of({ expiresAt: now })).toEqual(['has expired']);
  expect(of({ expiresAt: now, revokedAt: now })).toEqual([]);
  expect(of({ expiresAt: null })).toEqual(['never expires']);
  expect(of({ lastUsedAt: now - 91 * day })).toEqual(['was not used for 90 days']);
  expect(of({ createdAt: now - 91 * day, lastUsedAt: null })).toEqual(['was not used for 90 days']);
  expect(of({ role: 'admin' })).toEqual(['may do everything']);
});

test('files that others may read', () => {
  const file = path.join(directory.path, 'secret');
  writeFileSync(file, 'x');
  chmodSync(file, 0o640);
  expect(checkModes([file, `${file}.none`])).toMatchObject([{ subject: file, remedy: `chmod 600 ${file}` }]);
  chmodSync(file, 0o600);
  expect(checkModes([file])).toEqual([]);
});

test('GitLab that cannot be reached is a note', async () => {
  const config = { gitlabUrl: 'http://127.0.0.1:1', gitlabToken: 'glpat-1' };
  expect(await checkGitLab(config, () => 0)).toMatchObject([{ severity: 'note', subject: 'GITLAB_URL' }]);
});

const doctor = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  runCli(['doctor', ...args], {
    ...sound,
    DATABASE_URL: `file:${path.join(directory.path, 'data', 'x.db')}`,
    GITLAB_URL: 'http://127.0.0.1:1',
    ...env,
  });

test('the command ends with 0 for notes alone, with 1 when there is something to mend', async () => {
  expect((await doctor({})).code).toBe(0);
  const { code, stdout } = await doctor({ ADMIN_TOKEN: 'canary' }, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toContainEqual(
    expect.objectContaining({ severity: 'warning', subject: 'ADMIN_TOKEN' }),
  );
  expect(stdout).not.toContain('canary');
});

test('what would stop the start is an error', async () => {
  const wrong = await doctor({ SWEEP_SECONDS: 'x' }, '--json');
  expect(wrong.code).toBe(1);
  expect(JSON.parse(wrong.stdout)).toMatchObject([{ severity: 'error', subject: 'SWEEP_SECONDS' }]);
  const open = await doctor({ ADMIN_TOKEN: '', HOST: '0.0.0.0' }, '--json');
  expect(JSON.parse(open.stdout)).toContainEqual(
    expect.objectContaining({ severity: 'error', subject: 'HOST' }),
  );
});
