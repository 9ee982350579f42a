import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/startup-errors.ts';
import { requireAuth } from '../../src/config/require-auth.ts';
import { runCli } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

type Environment = Readonly<Record<string, string>>;

const signingToken = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

/** What the start is refused with. */
function linesFor(env: Environment, hasKeys = false): readonly string[] {
  const config = readConfig(env);
  try {
    requireAuth(config, { hasKeys });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

describe('an unsafe start', () => {
  const openApi =
    'HOST: refusing to listen on 0.0.0.0 while anyone may call the API; ' +
    'set ADMIN_TOKEN, make a key with `pipeline-trigger keys create`, set OIDC_AUDIENCE, or set HOST=127.0.0.1';
  const openHooks =
    'HOST: refusing to listen on 0.0.0.0 while anyone may send webhooks; ' +
    'set WEBHOOK_SECRET, WEBHOOK_SIGNING_TOKEN or RELAY_SECRET, or HOST=127.0.0.1';

  test.each<[string, Environment, readonly string[]]>([
    ['nothing', {}, [openApi, openHooks]],
    ['no way to authenticate callers', { WEBHOOK_SECRET: 'hook-secret' }, [openApi]],
    ['no way to authenticate webhooks', { ADMIN_TOKEN: 'admin' }, [openHooks]],
    ['a list of no secrets', { ADMIN_TOKEN: 'admin', WEBHOOK_SECRET: ' , ' }, [openHooks]],
  ])('is refused with %s, and the error names the settings to set', (_what, env, lines) => {
    expect(linesFor(env)).toEqual(lines);
  });

  test.each([
    ['0.0.0.0'],
    ['::'],
    ['192.168.0.1'],
    ['128.0.0.1'],
    ['127.example.com'],
    ['localhost.example.com'],
    ['service.localhost'],
  ])('is one that listens on %s', (host) => {
    expect(linesFor({ HOST: host })).toHaveLength(2);
  });

  test.each([['127.0.0.1'], ['127.1.2.3'], ['localhost'], ['::1']])('is none on %s', (host) => {
    expect(linesFor({ HOST: host })).toEqual([]);
  });

  test('is none without an ADMIN_TOKEN where there are keys', () => {
    expect(linesFor({ WEBHOOK_SECRET: 'hook-secret' }, true)).toEqual([]);
  });

  test('is none when CI jobs call with id_tokens', () => {
    expect(linesFor({ WEBHOOK_SECRET: 'hook-secret', OIDC_AUDIENCE: 'trigger' })).toEqual([]);
  });

  test.each<[Environment]>([
    [{ WEBHOOK_SECRET: 'hook-secret' }],
    [{ WEBHOOK_SIGNING_TOKEN: signingToken }],
    [{ RELAY_SECRET: 'relay-secret' }],
  ])('is none with an ADMIN_TOKEN and %j', (env) => {
    expect(linesFor({ ADMIN_TOKEN: 'admin', ...env })).toEqual([]);
  });

  test('ends with 2 and says what to set when the start is not safe', async () => {
    const directory = makeTemporaryDirectory();
    onTestFinished(directory.remove);
    const env = {
      WEBHOOK_SECRET: 'hook-secret',
      DATABASE_URL: `file:${path.join(directory.path, 'open.db')}`,
    };
    const { code, stderr } = await runCli(['serve'], env);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^pipeline-trigger: HOST: refusing [^\n]* set ADMIN_TOKEN, [^\n]* set HOST=127\.0\.0\.1\n$/,
    );
  });
});
