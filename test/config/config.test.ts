import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { runCli } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where anybody may listen without authentication. */
const local = { HOST: '127.0.0.1' };

/** What the start is refused with. */
function linesFor(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  throw new Error('the configuration was taken');
}

const key = (fill: number): Buffer => Buffer.alloc(32, fill);
const signingToken = `whsec_${key(1).toString('base64')}`;

test('has the defaults of the contract', () => {
  expect(readConfig({ ADMIN_TOKEN: 'admin', WEBHOOK_SECRET: 'hook' })).toMatchObject({
    gitlabUrl: 'https://gitlab.com',
    gitlabToken: null,
    gitlabTriggerToken: null,
    allowedGitlabUrls: [],
    webhookSecrets: ['hook'],
    webhookSigningTokens: [],
    relaySecrets: [],
    adminToken: 'admin',
    callbackHosts: [],
    callbackSecret: null,
    encryptionKeys: null,
    databaseUrl: 'file:./data/pipeline-trigger.db',
    publicUrl: null,
    trustedProxies: [],
    host: '0.0.0.0',
    port: 8080,
    sweepSeconds: 60,
    deadlineSeconds: 86_400,
    retentionDays: 30,
    auditRetentionDays: 365,
    logLevel: 'info',
  });
});

test.each<[string, string, Partial<Config>]>([
  ['GITLAB_URL', 'https://gitlab.example.com', { gitlabUrl: 'https://gitlab.example.com' }],
  ['GITLAB_URL', 'http://127.0.0.1:3000/gitlab//', { gitlabUrl: 'http://127.0.0.1:3000/gitlab' }],
  ['GITLAB_URL', 'HTTPS://GitLab.Example.com:443/Sub', { gitlabUrl: 'https://gitlab.example.com/Sub' }],
  ['GITLAB_TOKEN', 'glpat-1', { gitlabToken: 'glpat-1' }],
  ['GITLAB_TRIGGER_TOKEN', 'glptt-1', { gitlabTriggerToken: 'glptt-1' }],
  [
    'GITLAB_ALLOWED_HOSTS',
    'https://a.test/, http://b.test:81',
    { allowedGitlabUrls: ['https://a.test', 'http://b.test:81'] },
  ],
  [
    'TRUSTED_PROXIES',
    'loopback, 10.0.0.0/8,2001:db8::/32, 192.0.2.1',
    { trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8::/32', '192.0.2.1'] },
  ],
  ['WEBHOOK_TRUST', 'all', { webhookTrust: 'all' }],
  ['WEBHOOK_SECRET', 'old, new,', { webhookSecrets: ['old', 'new'] }],
  [
    'WEBHOOK_SIGNING_TOKEN',
    `${signingToken},${signingToken}`,
    { webhookSigningTokens: [signingToken, signingToken] },
  ],
  ['RELAY_SECRET', 'relay', { relaySecrets: ['relay'] }],
  ['ADMIN_TOKEN', 'admin', { adminToken: 'admin' }],
  ['CALLBACK_SECRET', 'callback', { callbackSecret: 'callback' }],
  [
    'CALLBACK_ALLOWED_HOSTS',
    'A.test, ',
    { callbackHosts: [{ kind: 'name', name: 'a.test', isBelow: false, protocol: null, port: null }] },
  ],
  ['ENCRYPTION_KEY', key(1).toString('base64'), { encryptionKeys: [key(1)] }],
  [
    'ENCRYPTION_KEY',
    [1, 2].map((fill) => key(fill).toString('base64')).join(','),
    { encryptionKeys: [key(1), key(2)] },
  ],
  ['DATABASE_URL', 'file:/var/lib/x.db', { databaseUrl: 'file:/var/lib/x.db' }],
  ['PUBLIC_URL', 'https://trigger.example.com/', { publicUrl: 'https://trigger.example.com' }],
  ['HOST', '::1', { host: '::1' }],
  ['HOST', 'localhost', { host: 'localhost' }],
  ['HOST', '127.1.2.3', { host: '127.1.2.3' }],
  ['PORT', '0', { port: 0 }],
  ['PORT', '65535', { port: 65_535 }],
  ['SWEEP_SECONDS', '1', { sweepSeconds: 1 }],
  ['DEADLINE_SECONDS', '31536000', { deadlineSeconds: 31_536_000 }],
  ['RETENTION_DAYS', '1', { retentionDays: 1 }],
  ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
])('%s=%s is taken', (name, value, expected) => {
  expect(readConfig({ ...local, [name]: value })).toMatchObject(expected);
});

test.each([
  ['GITLAB_URL'],
  ['WEBHOOK_SECRET'],
  ['DATABASE_URL'],
  ['PORT'],
  ['LOG_LEVEL'],
  ['ENCRYPTION_KEY'],
  ['ADMIN_TOKEN_FILE'],
])('%s counts as not set when it is empty', (name) => {
  expect(readConfig({ ...local, [name]: '' })).toEqual(readConfig(local));
});

const proxiesExpected =
  'expected addresses or networks (10.0.0.0/8), loopback, linklocal or uniquelocal; comma-separated';

test.each([
  ['GITLAB_URL', 'gitlab', 'expected an http or https URL'],
  ['GITLAB_URL', 'gitlab.com', 'expected an http or https URL'],
  ['GITLAB_URL', 'ftp://gitlab.com', 'expected an http or https URL'],
  ['GITLAB_URL', 'https://user:canary@gitlab.com', 'expected a URL without user, query and fragment'],
  ['GITLAB_URL', 'https://:canary@gitlab.com', 'expected a URL without user, query and fragment'],
  ['GITLAB_URL', 'https://gitlab.com/?a', 'expected a URL without user, query and fragment'],
  ['GITLAB_URL', 'https://gitlab.com/#a', 'expected a URL without user, query and fragment'],
  ['GITLAB_ALLOWED_HOSTS', 'https://a.test,b.test', 'expected an http or https URL'],
  ['GITLAB_ALLOWED_HOSTS', 'a.test,b.test', 'expected an http or https URL'],
  ['PUBLIC_URL', 'trigger', 'expected an http or https URL'],
  [
    'WEBHOOK_SIGNING_TOKEN',
    'whsec_canary',
    'expected whsec_ and base64 of 32 bytes, comma-separated while rotating',
  ],
  [
    'WEBHOOK_SIGNING_TOKEN',
    `${signingToken},canary`,
    'expected whsec_ and base64 of 32 bytes, comma-separated while rotating',
  ],
  ['ENCRYPTION_KEY', 'canary', 'expected base64 of 32 bytes, comma-separated while rotating'],
  ['ENCRYPTION_KEY', ',', 'expected base64 of 32 bytes, comma-separated while rotating'],
  [
    'ENCRYPTION_KEY',
    `${key(1).toString('base64')},canary`,
    'expected base64 of 32 bytes, comma-separated while rotating',
  ],
  ['DATABASE_URL', './x.db', 'expected file:PATH'],
  ['DATABASE_URL', './x.db?mode=ro', 'expected file:PATH'],
  ['DATABASE_URL', 'file:', 'expected file:PATH'],
  ['DATABASE_URL', 'file:x.db?mode=ro', 'expected file:PATH without parameters'],
  ['DATABASE_URL', 'postgresql://user:canary@db/x', 'PostgreSQL is not supported yet; expected file:PATH'],
  ['PORT', '65536', 'expected a whole number from 0 to 65535'],
  ['PORT', '-1', 'expected a whole number from 0 to 65535'],
  ['PORT', '80a', 'expected a whole number from 0 to 65535'],
  ['PORT', '8e1', 'expected a whole number from 0 to 65535'],
  ['PORT', '12345678901', 'expected a whole number from 0 to 65535'],
  ['TRUSTED_PROXIES', '10.0.0.0/33', proxiesExpected],
  ['TRUSTED_PROXIES', '::1/129', proxiesExpected],
  ['TRUSTED_PROXIES', 'proxy.test', proxiesExpected],
  ['TRUSTED_PROXIES', 'true', proxiesExpected],
  ['TRUSTED_PROXIES', '10.0.0.1/', proxiesExpected],
  ['TRUSTED_PROXIES', '1', proxiesExpected],
  ['SWEEP_SECONDS', '0', 'expected a whole number from 1 to 86400'],
  ['SWEEP_SECONDS', '1.5', 'expected a whole number from 1 to 86400'],
  ['DEADLINE_SECONDS', '0', 'expected a whole number from 1 to 31536000'],
  ['RETENTION_DAYS', 'forever', 'expected a whole number from 1 to 36500'],
  ['LOG_LEVEL', 'loud', 'expected trace, debug, info, warn, error, fatal or silent'],
  ['OIDC_AUDIENCE', ' ', 'expected an audience'],
  ['POLICY_FILE', '/nowhere/policy.yml', 'expected a file that can be read (ENOENT)'],
  ['CALLBACK_ALLOWED_HOSTS', 'a.test,*', 'expected hosts, addresses or networks, comma-separated'],
  ['CALLBACK_ALLOWED_HOSTS', 'http://a.test/path', 'expected hosts, addresses or networks, comma-separated'],
  ['CALLBACK_ALLOWED_HOSTS', 'user:canary@a.test', 'expected hosts, addresses or networks, comma-separated'],
  ['CALLBACK_ALLOWED_HOSTS', '10.0.0.0/33', 'expected hosts, addresses or networks, comma-separated'],
])('%s=%s is refused in one line', (name, value, expected) => {
  const lines = linesFor({ ...local, [name]: value });
  expect(lines).toEqual([`${name}: ${expected}`]);
  expect(lines.join()).not.toContain('canary');
});

describe('a policy', () => {
  const directory = makeTemporaryDirectory();
  afterAll(directory.remove);
  const file = path.join(directory.path, 'policy.yml');

  test('is read at the start', () => {
    writeFileSync(file, 'rules: [{from: {project_path: a/b}, to: {project: c/d, ref: main}}]');
    const { oidcAudience, policy } = readConfig({ ...local, OIDC_AUDIENCE: 'trigger', POLICY_FILE: file });
    expect(oidcAudience).toBe('trigger');
    expect(policy?.rules).toMatchObject([{ to: { gitlabUrl: 'https://gitlab.com', projects: ['c/d'] } }]);
  });

  test.each([
    ['rules: [{from: {project_path: a/b}, too: {}}]', 'POLICY_FILE: rule 1: '],
    ['rules: [', 'POLICY_FILE: expected YAML: '],
  ])('that is wrong is refused in one line: %s', (yaml, expected) => {
    writeFileSync(file, yaml);
    expect(linesFor({ ...local, POLICY_FILE: file })).toEqual([
      expect.stringMatching(new RegExp(`^${expected}.+$`)) as string,
    ]);
  });
});

test('every wrong value has its line', () => {
  const lines = linesFor({ ...local, PORT: 'x', LOG_LEVEL: 'loud', GITLAB_URL: 'x' });
  expect(lines.map((line) => line.split(':')[0]).sort()).toEqual(['GITLAB_URL', 'LOG_LEVEL', 'PORT']);
});

describe('a secret in a file', () => {
  const directory = makeTemporaryDirectory();
  afterAll(directory.remove);

  function fileWith(content: string): string {
    const file = path.join(directory.path, 'secret');
    writeFileSync(file, content);
    return file;
  }

  test.each<[string, string, Partial<Config>]>([
    ['GITLAB_TOKEN', 'glpat-1', { gitlabToken: 'glpat-1' }],
    ['GITLAB_TRIGGER_TOKEN', 'glptt-1', { gitlabTriggerToken: 'glptt-1' }],
    ['WEBHOOK_SECRET', 'old,new', { webhookSecrets: ['old', 'new'] }],
    ['WEBHOOK_SIGNING_TOKEN', signingToken, { webhookSigningTokens: [signingToken] }],
    ['RELAY_SECRET', 'relay', { relaySecrets: ['relay'] }],
    ['ADMIN_TOKEN', 'admin', { adminToken: 'admin' }],
    ['ENCRYPTION_KEY', key(3).toString('base64'), { encryptionKeys: [key(3)] }],
    ['CALLBACK_SECRET', 'callback', { callbackSecret: 'callback' }],
  ])('is read by %s_FILE', (name, content, expected) => {
    const env = { ...local, [`${name}_FILE`]: fileWith(`${content}\n`) };
    expect(readConfig(env)).toMatchObject(expected);
  });

  test('stands for the variable also where that counts as not set', () => {
    const env = { ...local, ADMIN_TOKEN: '', ADMIN_TOKEN_FILE: fileWith('admin') };
    expect(readConfig(env).adminToken).toBe('admin');
  });

  test('and the variable at once are too many', () => {
    const env = { ...local, ADMIN_TOKEN: 'canary', ADMIN_TOKEN_FILE: fileWith('canary') };
    expect(linesFor(env)).toEqual(['ADMIN_TOKEN_FILE: ADMIN_TOKEN is set as well; set only one of them']);
  });

  test('that is not there is named', () => {
    const env = { ...local, ADMIN_TOKEN_FILE: path.join(directory.path, 'nowhere') };
    expect(linesFor(env)).toEqual(['ADMIN_TOKEN_FILE: expected a file that can be read (ENOENT)']);
  });

  test('that is a directory is named', () => {
    expect(linesFor({ ...local, ADMIN_TOKEN_FILE: directory.path })).toEqual([
      'ADMIN_TOKEN_FILE: expected a file that can be read (EISDIR)',
    ]);
  });

  test('that is empty is no secret', () => {
    const env = { ...local, GITLAB_TOKEN_FILE: fileWith(' \n') };
    expect(linesFor(env)).toEqual(['GITLAB_TOKEN_FILE: expected a file that is not empty']);
  });

  test('is not shown when it is wrong', () => {
    expect(linesFor({ ...local, ENCRYPTION_KEY_FILE: fileWith('canary') })).toEqual([
      'ENCRYPTION_KEY: expected base64 of 32 bytes, comma-separated while rotating',
    ]);
  });
});

describe('the command line', () => {
  test('serve ends with 2 and one line on stderr for a wrong value', async () => {
    const env = { ...local, WEBHOOK_SIGNING_TOKEN: 'whsec_canary' };
    expect(await runCli(['serve'], env)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'pipeline-trigger: WEBHOOK_SIGNING_TOKEN: expected whsec_ and base64 of 32 bytes, comma-separated while rotating\n',
    });
  });

  test('serve ends with 2 and names the setting whose file or address the system refuses', async () => {
    const directory = makeTemporaryDirectory();
    onTestFinished(directory.remove);
    const env = { ...local, DATABASE_URL: `file:${directory.path}/test.db` };
    expect(await runCli(['serve'], { ...env, DATABASE_URL: 'file:/dev/null/x.db' })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'pipeline-trigger: DATABASE_URL: expected file:PATH of a file that can be opened (EEXIST: /dev/null)\n',
    });
    // Of a network for examples (RFC 5737): no machine has it.
    const doors = { ADMIN_TOKEN: 'admin', WEBHOOK_SECRET: 'hook', HOST: '192.0.2.1' };
    expect(await runCli(['serve'], { ...env, ...doors })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'pipeline-trigger: HOST: expected an address or a name of this machine (EADDRNOTAVAIL)\n',
    });
  });

  test('serve ends with 1 when it cannot start, and says why', async () => {
    const directory = makeTemporaryDirectory();
    onTestFinished(directory.remove);
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, stdout, stderr } = await runCli(['serve'], {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: `file:${directory.path}/test.db`,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      msg: 'cannot start',
      error: expect.stringContaining('EADDRINUSE') as string,
    });
  });

  test.each([[['sreve']], [['serve', '--port', '80']], [['serve', 'now']], [['--colour']], [[]]])(
    'ends with 2 for a wrong command line: %j',
    async (args) => {
      const { code, stdout, stderr } = await runCli(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toBe('');
    },
  );
});
