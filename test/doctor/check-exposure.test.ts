import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { checkExposure } from '../../src/doctor/check-exposure.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { sound, findingsOf } from './findings-of.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);
const policy = path.join(directory.path, 'policy.yml');
writeFileSync(policy, 'rules: []\n');

const signing = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const exposures = (env: Readonly<Record<string, string>>, hasKeys = false) =>
  findingsOf(checkExposure(readConfig({ ...sound, ...env }), hasKeys));

test.each<[Readonly<Record<string, string>>, readonly string[]]>([
  [{}, []],
  [{ WEBHOOK_SIGNING_TOKEN: signing }, []],
  [{ ADMIN_TOKEN: '' }, ['api_open ADMIN_TOKEN']],
  [{ ADMIN_TOKEN: '', PUBLIC_URL: 'http://localhost:8080' }, ['api_open ADMIN_TOKEN']],
  [{ ADMIN_TOKEN: '', PUBLIC_URL: 'https://a.test' }, ['api_public ADMIN_TOKEN']],
  [{ WEBHOOK_SECRET: '' }, ['hooks_open WEBHOOK_SECRET']],
  [{ PRODUCTION_GUARD: 'on' }, []],
  [
    { PRODUCTION_GUARD: 'on', WEBHOOK_SECRET: '' },
    ['hooks_open WEBHOOK_SECRET', 'guard_without_webhooks PRODUCTION_GUARD'],
  ],
  [{ WEBHOOK_TRUST: 'all' }, ['webhooks_trusted_widely WEBHOOK_TRUST']],
  [{ OIDC_AUDIENCE: 'a' }, ['id_tokens_without_policy POLICY_FILE']],
  [{ ADMIN_TOKEN: '', OIDC_AUDIENCE: 'a', POLICY_FILE: policy }, []],
  [{ POLICY_FILE: policy }, ['policy_without_id_tokens OIDC_AUDIENCE']],
  [{ PUBLIC_URL: 'http://a.test' }, ['plain_http PUBLIC_URL']],
  [{ GITLAB_URL: 'http://a.test' }, ['plain_http GITLAB_URL']],
  [{ GITLAB_ALLOWED_HOSTS: 'https://a.test,http://b.test' }, ['plain_http GITLAB_ALLOWED_HOSTS']],
  [{ PUBLIC_URL: 'https://a.test', GITLAB_URL: 'http://127.0.0.1:8081' }, []],
  [{ TRUSTED_PROXIES: '10.0.0.0/8,0.0.0.0/0' }, ['proxies_trusted_widely TRUSTED_PROXIES']],
  [{ TRUSTED_PROXIES: '10.0.0.0/8' }, []],
  [{ CALLBACK_ALLOWED_HOSTS: 'a.test', CALLBACK_SECRET: 'x' }, []],
  [{ GITLAB_TOKEN: '' }, ['no_gitlab_token GITLAB_TOKEN']],
  [{ ENCRYPTION_KEY: '' }, ['encryption_key_beside_database ENCRYPTION_KEY']],
])('settings %j', (env, expected) => {
  expect(exposures(env)).toEqual(expected);
});

test('a service that has keys is open to nobody', () => {
  expect(exposures({ ADMIN_TOKEN: '' }, true)).toEqual([]);
});
