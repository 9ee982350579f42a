import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/startup-errors.ts';
import { openStore } from '../../src/store/open-store.ts';
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
  expect(readConfig({ ADMIN_TOKEN: 'admin', WEBHOOK_SECRET: 'hook-secret' })).toMatchObject({
    gitlabUrl: 'https://gitlab.com',
    gitlabToken: null,
    gitlabTriggerToken: null,
    allowedGitlabUrls: [],
    webhookSecrets: ['hook-secret'],
    webhookSigningTokens: [],
    relaySecrets: [],
    adminToken: 'admin',
    callbackHosts: [],
    callbackSecret: null,
    encryptionKeys: null,
    databaseUrl: 'file:./data/pipeline-trigger.db',
    databaseDirectUrl: null,
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
  ['WEBHOOK_SECRET', 'old-secret, new-secret,', { webhookSecrets: ['old-secret', 'new-secret'] }],
  [
    'WEBHOOK_SIGNING_TOKEN',
    `${signingToken},${signingToken}`,
    { webhookSigningTokens: [signingToken, signingToken] },
  ],
  ['RELAY_SECRET', 'relay-secret', { relaySecrets: ['relay-secret'] }],
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
  ['PRODUCTION_GUARD', 'on', { guardsProduction: true }],
  ['PRODUCTION_GUARD', 'off', { guardsProduction: false }],
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
  expect(readConfig({ ...local, [name]: ' \r\n' })).toEqual(readConfig(local));
});

describe('what stands around a value is no part of it', () => {
  const around = [' ', '\n', '\r\n', '\t', '\uFEFF', '\u00A0'];
  const values = {
    GITLAB_URL: 'https://gitlab.example.com',
    GITLAB_TOKEN: 'glpat-1',
    GITLAB_TRIGGER_TOKEN: 'glptt-1',
    GITLAB_ALLOWED_HOSTS: 'https://a.test',
    WEBHOOK_SECRET: 'old-secret,new-secret',
    WEBHOOK_SIGNING_TOKEN: signingToken,
    RELAY_SECRET: 'relay-secret',
    ADMIN_TOKEN: 'admin-token',
    OIDC_AUDIENCE: 'trigger',
    CALLBACK_ALLOWED_HOSTS: 'a.test',
    CALLBACK_SECRET: 'callback-secret',
    ENCRYPTION_KEY: key(1).toString('base64'),
    DATABASE_URL: 'file:./a b.db',
    PUBLIC_URL: 'https://trigger.example.com/below',
    TRUSTED_PROXIES: 'loopback',
    PORT: '8081',
    LOG_LEVEL: 'warn',
  };

  test.each(Object.entries(values))('%s', (name, value) => {
    const plain = readConfig({ ...local, [name]: value });
    for (const one of around)
      for (const text of [`${one}${value}`, `${value}${one}`, `${one}${value}${one}`])
        expect(readConfig({ ...local, [name]: text }), JSON.stringify(text)).toEqual(plain);
  });

  test('a blank between `file:` and the path, which the driver of SQLite cuts off as well', () => {
    expect(readConfig({ ...local, DATABASE_URL: 'file: x.db' }).databaseUrl).toBe('file:x.db');
  });
});

const quotes = 'expected a value without quotes around it';
const noHeader = 'expected ASCII characters without blanks: an HTTP header carries no others';
const noSecret = 'expected ASCII characters: an HTTP header carries no others';
const shortPart = 'expected 8 characters or more in each part; a comma separates two secrets';
const expectedPostgresql = 'expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE';
const expectedDatabase = 'expected file:PATH, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE';
const noApi = 'expected the address that people open GitLab by, without /api/v4';

test.each([
  ...[
    'GITLAB_URL',
    'GITLAB_TOKEN',
    'WEBHOOK_SECRET',
    'ADMIN_TOKEN',
    'DATABASE_URL',
    'PORT',
    'HOST',
    'POLICY_FILE',
    'ADMIN_TOKEN_FILE',
    'OIDC_AUDIENCE',
  ].flatMap((name) => [
    [name, '"canary-in-quotes"', quotes],
    [name, "'canary-in-quotes'", quotes],
  ]),
  ['ADMIN_TOKEN', ' "canary-in-quotes"\n', quotes],
  ['ADMIN_TOKEN', '""', quotes],
  ['WEBHOOK_SECRET', 'canary-in-list,"canary-in-quotes"', quotes],
  ...['GITLAB_TOKEN', 'GITLAB_TRIGGER_TOKEN', 'ADMIN_TOKEN'].flatMap((name) =>
    [
      'canary token',
      'canary\ntoken',
      'canary\rtoken',
      'canary\ttoken',
      'canary\0token',
      'canary\u200B',
      '\u200Bcanary',
      'canary-ö',
      'canary-Ж',
      '“canary”',
      'canary\u007F',
    ].map((value) => [name, value, noHeader]),
  ),
  ...['WEBHOOK_SECRET', 'RELAY_SECRET', 'CALLBACK_SECRET'].flatMap((name) =>
    ['canary-secret\u200B', 'canary-secret\nrest', 'canary-secret-ö', 'canary-secret\u0001'].map((value) => [
      name,
      value,
      noSecret,
    ]),
  ),
  ['WEBHOOK_SECRET', 'a,canary-secret', shortPart],
  ['WEBHOOK_SECRET', 'canary-secret,1234567', shortPart],
  ['WEBHOOK_SECRET', 'canary', shortPart],
  ['RELAY_SECRET', 'a,canary-secret', shortPart],
  [
    'ENCRYPTION_KEY',
    `${key(1).toString('base64')}\u200B`,
    'expected base64 of 32 bytes, comma-separated while rotating',
  ],
  ['GITLAB_URL', 'https://gitlab.com/api/v4', noApi],
  ['GITLAB_URL', 'https://gitlab.com/api/v4/', noApi],
  ['GITLAB_URL', 'https://gitlab.com/sub/API/V4/projects', noApi],
  ['GITLAB_URL', 'https://gitlab.com/api/graphql', noApi],
  ['GITLAB_ALLOWED_HOSTS', 'https://a.test,https://b.test/api/v4', noApi],
  [
    'PUBLIC_URL',
    'https://trigger.example.com/webhooks/gitlab',
    'expected the address of the service, without /webhooks/gitlab',
  ],
  ['DATABASE_URL', 'file: ', expectedDatabase],
  ['DATABASE_URL', 'postgresql://user:canary@db', expectedPostgresql],
  ['DATABASE_URL', 'postgres://user:canary@db:port/x', expectedPostgresql],
  ['DATABASE_DIRECT_URL', 'file:canary.db', expectedPostgresql],
  [
    'DATABASE_DIRECT_URL',
    'postgresql://user:canary@db/x',
    'expected DATABASE_URL to be postgresql://… as well',
  ],
  ['DATABASE_URL', 'file::memory:', 'expected file:PATH of a file on disk'],
])('%s=%j is refused by name', (name, value, expected) => {
  const lines = linesFor({ ...local, [name]: value });
  expect(lines).toEqual([`${name}: ${expected}`]);
  expect(lines.join()).not.toContain('canary');
});

test.each([
  ['WEBHOOK_SECRET', 'a secret with blanks', { webhookSecrets: ['a secret with blanks'] }],
  ['WEBHOOK_SECRET', '12345678', { webhookSecrets: ['12345678'] }],
  ['ADMIN_TOKEN', 'with"quotes"inside', { adminToken: 'with"quotes"inside' }],
  ['ADMIN_TOKEN', '"', { adminToken: '"' }],
  ['GITLAB_URL', 'https://gitlab.com/api', { gitlabUrl: 'https://gitlab.com/api' }],
  ['GITLAB_URL', 'https://api.test/v4', { gitlabUrl: 'https://api.test/v4' }],
])('%s=%s, which can be sent, is taken', (name, value, expected) => {
  expect(readConfig({ ...local, [name]: value })).toMatchObject(expected);
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
  ['DATABASE_URL', './x.db', expectedDatabase],
  ['DATABASE_URL', './x.db?mode=ro', expectedDatabase],
  ['DATABASE_URL', 'file:', expectedDatabase],
  ['DATABASE_URL', 'file:x.db?mode=ro', 'expected file:PATH without parameters'],
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
  ['PRODUCTION_GUARD', 'true', 'expected on or off'],
  ['SWEEP_SECONDS', '0', 'expected a whole number from 1 to 86400'],
  ['SWEEP_SECONDS', '1.5', 'expected a whole number from 1 to 86400'],
  ['DEADLINE_SECONDS', '0', 'expected a whole number from 1 to 31536000'],
  ['RETENTION_DAYS', 'forever', 'expected a whole number from 1 to 36500'],
  ['LOG_LEVEL', 'loud', 'expected trace, debug, info, warn, error, fatal or silent'],
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
    ['WEBHOOK_SECRET', 'old-secret,new-secret', { webhookSecrets: ['old-secret', 'new-secret'] }],
    ['WEBHOOK_SIGNING_TOKEN', signingToken, { webhookSigningTokens: [signingToken] }],
    ['RELAY_SECRET', 'relay-secret', { relaySecrets: ['relay-secret'] }],
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

  test('is refused when the variable is set as well', () => {
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

  test.each([
    ['UTF-16 with a byte order mark', Buffer.from('\uFEFFcanary\r\n', 'utf16le')],
    ['UTF-16, the other bytes first', Buffer.from('\uFEFFcanary', 'utf16le').swap16()],
    ['UTF-16 without a byte order mark', Buffer.from('canary', 'utf16le')],
    ['Latin-1', Buffer.from('canary-ö', 'latin1')],
    ['bytes', Buffer.from([0xff, 0x00, 0x80])],
  ])('in %s is refused by name', (_what, bytes) => {
    const file = path.join(directory.path, 'bytes');
    writeFileSync(file, bytes);
    for (const name of ['GITLAB_TOKEN_FILE', 'ADMIN_TOKEN_FILE', 'ENCRYPTION_KEY_FILE', 'POLICY_FILE'])
      expect(linesFor({ ...local, [name]: file })).toEqual([`${name}: expected a text file in UTF-8`]);
  });

  test.each(['\uFEFFadmin-token', ' admin-token\r\n', '\n\nadmin-token\n\n'])(
    'is read without what stands around it: %j',
    (content) => {
      expect(readConfig({ ...local, ADMIN_TOKEN_FILE: fileWith(content) }).adminToken).toBe('admin-token');
      expect(readConfig({ ...local, ADMIN_TOKEN_FILE: ` ${fileWith(content)}\n` }).adminToken).toBe(
        'admin-token',
      );
    },
  );

  test('in quotes, or that no header carries, is refused by the name of the variable', () => {
    const env = { ...local, ADMIN_TOKEN_FILE: fileWith('"canary"\n') };
    expect(linesFor(env)).toEqual([`ADMIN_TOKEN: ${quotes}`]);
    expect(linesFor({ ...local, GITLAB_TOKEN_FILE: fileWith('canary\u200B') })).toEqual([
      `GITLAB_TOKEN: ${noHeader}`,
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
    const credentials = { ADMIN_TOKEN: 'admin', WEBHOOK_SECRET: 'hook-secret', HOST: '192.0.2.1' };
    expect(await runCli(['serve'], { ...env, ...credentials })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'pipeline-trigger: HOST: expected an address or a name of this machine (EADDRNOTAVAIL)\n',
    });
  });

  test('a database whose name ends with a line end is one file with its key and lock, for its owner alone', async () => {
    const directory = makeTemporaryDirectory();
    onTestFinished(directory.remove);
    const store = await openStore({
      url: `file:${directory.path}/test.db\n`,
      encryptionKeys: null,
      parsePayload: () => ({ kind: 'other' }) as never,
    });
    if (store.sharing?.kind === 'lock') await store.sharing.lock.take();
    const files = readdirSync(directory.path).toSorted();
    const modes = files.map((file) => statSync(path.join(directory.path, file)).mode & 0o777);
    await store.close();
    expect(files).toEqual(expect.arrayContaining(['test.db', 'test.db.key', 'test.db.lock']));
    expect(files.filter((file) => !/^test\.db(?:[.-]\w+)*$/.test(file))).toEqual([]);
    expect(new Set(modes)).toEqual(new Set([0o600]));
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
