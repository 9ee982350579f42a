import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DoctorFinding } from '../../src/domain/doctor-finding.ts';
import { callCli } from '../support/call-cli.ts';
import { startService } from '../support/start-service.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { sound, strong, findingsOf } from './findings-of.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);
const databaseFile = path.join(directory.path, 'data', 'x.db');

const doctor = async (env: Readonly<Record<string, string>>) => {
  const { code, stdout, stderr } = await callCli(['doctor', '--json'], {
    ...sound,
    DATABASE_URL: `file:${databaseFile}`,
    GITLAB_URL: 'http://127.0.0.1:1',
    ...env,
  });
  return { code, stdout, stderr, findings: JSON.parse(stdout) as readonly DoctorFinding[] };
};

test('ends with 0 for notes alone, and makes nothing', async () => {
  const { code, stderr, findings } = await doctor({});
  expect([code, stderr]).toEqual([0, '']);
  expect(findingsOf(findings)).toEqual([`database_missing ${databaseFile}`, 'gitlab_unreachable GITLAB_URL']);
  expect(existsSync(path.dirname(databaseFile))).toBe(false);
});

test('ends with 1 when there is something to fix, and shows no secret', async () => {
  const { code, stdout, stderr, findings } = await doctor({ ADMIN_TOKEN: 'canary' });
  expect([code, stderr]).toEqual([1, 'pipeline-trigger: 1 to fix\n']);
  expect(findingsOf(findings)).toContain('secret_weak ADMIN_TOKEN');
  expect(stdout).not.toContain('canary');
});

test.each([
  [{ SWEEP_SECONDS: 'x' }, 'setting_wrong SWEEP_SECONDS'],
  [{ ENCRYPTION_KEY: 'x' }, 'setting_wrong ENCRYPTION_KEY'],
  [{ GITLAB_TOKEN: '', GITLAB_TOKEN_FILE: '/no/such/file' }, 'setting_wrong GITLAB_TOKEN_FILE'],
  [{ POLICY_FILE: '/no/such/file' }, 'setting_wrong POLICY_FILE'],
  [{ ADMIN_TOKEN: '', HOST: '0.0.0.0' }, 'start_refused HOST'],
])('ends with 2 for settings that the service does not start with: %j', async (env, expected) => {
  const { code, findings } = await doctor(env);
  expect(code).toBe(2);
  expect(findingsOf(findings)).toContain(expected);
  expect(findings.find(({ subject }) => expected.endsWith(subject))?.severity).toBe('error');
});

test('looks at every file that holds a secret, and at the policy', async () => {
  const fileWith = (name: string, text: string): string => {
    const file = path.join(directory.path, name);
    writeFileSync(file, text);
    chmodSync(file, 0o644);
    return file;
  };
  const token = fileWith('token', strong('c'));
  const policy = fileWith('policy.yml', 'rules: []\n');
  const database = path.join(directory.path, 'with-key', 'x.db');
  mkdirSync(path.dirname(database));
  const key = fileWith('with-key/x.db.key', Buffer.alloc(32, 1).toString('base64'));
  const { findings } = await doctor({
    ADMIN_TOKEN: '',
    ADMIN_TOKEN_FILE: token,
    OIDC_AUDIENCE: 'a',
    POLICY_FILE: policy,
    ENCRYPTION_KEY: '',
    DATABASE_URL: `file:${database}`,
  });
  const readable = findingsOf(findings).filter((line) => line.startsWith('file_readable'));
  expect(readable).toEqual([token, policy, key].map((file) => `file_readable ${file}`));
});

test('finds nothing but what can be seen in a service that runs, and does not disturb it', async () => {
  const world = await startService();
  try {
    await callCli(['keys', 'create', '--name', 'endless'], { DATABASE_URL: `file:${world.databaseFile}` });
    const { findings } = await doctor({
      DATABASE_URL: `file:${world.databaseFile}`,
      GITLAB_URL: world.simulator.url,
      GITLAB_TOKEN: 'glpat-wrong',
    });
    expect(findings.map(({ code }) => code)).toEqual(['key_without_expiry', 'token_refused']);
    expect((await world.call('GET', '/readyz')).status).toBe(200);
  } finally {
    await world.stop();
  }
});

test('says it in a table, each with its remedy', async () => {
  const { code, stdout } = await callCli(['doctor'], {
    ...sound,
    ...{ ADMIN_TOKEN: 'short', DATABASE_URL: `file:${databaseFile}`, GITLAB_URL: 'http://127.0.0.1:1' },
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^warning: \w+ \(\w+\)\n {2}\S/);
  expect(stdout).toMatch(
    /^warning: ADMIN_TOKEN \(secret_weak\)\n {2}can be guessed.*\n {2}Remedy: .* openssl rand -hex 24$/m,
  );
});
