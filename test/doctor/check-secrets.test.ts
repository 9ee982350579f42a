import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { checkSecrets } from '../../src/doctor/check-secrets.ts';
import { sound, strong, findingsOf } from './findings-of.ts';

const secrets = (env: Readonly<Record<string, string>>) =>
  checkSecrets(readConfig({ ...sound, CALLBACK_ALLOWED_HOSTS: 'a.test', ...env }));
const signing = (bytes: Buffer) => `whsec_${bytes.toString('base64')}`;

test.each<[Readonly<Record<string, string>>, readonly string[]]>([
  [{}, []],
  [{ ADMIN_TOKEN: 'short' }, ['secret_weak ADMIN_TOKEN']],
  [{ ADMIN_TOKEN: 'ab'.repeat(20) }, ['secret_weak ADMIN_TOKEN']],
  [{ ADMIN_TOKEN: strong('x').slice(0, 23) }, ['secret_weak ADMIN_TOKEN']],
  [{ ADMIN_TOKEN: strong('x').slice(0, 24) }, []],
  [{ WEBHOOK_SECRET: `${strong('x')},too-short` }, ['secret_weak WEBHOOK_SECRET']],
  [{ RELAY_SECRET: 'too-short' }, ['secret_weak RELAY_SECRET']],
  [{ CALLBACK_SECRET: 'short' }, ['secret_weak CALLBACK_SECRET']],
  [{ WEBHOOK_SIGNING_TOKEN: signing(Buffer.alloc(32, 1)) }, ['secret_weak WEBHOOK_SIGNING_TOKEN']],
  [{ WEBHOOK_SIGNING_TOKEN: signing(Buffer.from(strong('s').slice(0, 32))) }, []],
  [{ WEBHOOK_SECRET: strong('a') }, ['secret_reused WEBHOOK_SECRET']],
])('%j', (env, expected) => {
  expect(findingsOf(secrets(env))).toEqual(expected);
});

test('a secret is not shown, and the one that it is the same as is named', () => {
  const findings = secrets({ ADMIN_TOKEN: 'canary-1', WEBHOOK_SECRET: 'canary-1' });
  expect(JSON.stringify(findings)).not.toContain('canary');
  expect(findings.at(-1)).toMatchObject({ code: 'secret_reused', problem: 'is the same as ADMIN_TOKEN' });
});
