import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/telemetry/log.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const secrets = {
  GITLAB_TOKEN: 'canary-gitlab-token',
  GITLAB_TRIGGER_TOKEN: 'canary-trigger-token',
  WEBHOOK_SECRET: 'canary-webhook-secret,canary "older" secret',
  WEBHOOK_SIGNING_TOKEN: `whsec_${key}`,
  RELAY_SECRET: 'canary-relay-secret',
  ADMIN_TOKEN: 'canary-admin-token',
  ENCRYPTION_KEY: key,
  CALLBACK_SECRET: '',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary-collector-key',
};

/** What a log writes that is given these lines. */
function written(...lines: readonly (readonly [fields: object, message: string])[]): string {
  let text = '';
  const log = createLog(readConfig({ ...secrets, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector' }), {
    write: (line) => void (text += line),
  });
  for (const [fields, message] of lines) log.info(fields, message);
  return text;
}

test('writes a line as JSON with its level, fields and message', () => {
  expect(JSON.parse(written([{ triggerId: 'trg_1' }, 'listening']))).toMatchObject({
    level: 30,
    triggerId: 'trg_1',
    msg: 'listening',
  });
});

test('is a line of text for a terminal, whatever it is given', () => {
  const reason = '\u001b[2J\u009b2J\r\n{"msg":"fake"}\u202e\u2028';
  const text = written([{ reason }, 'refused']);
  expect(text).toMatch(/^[\u0020-\u007e]*\n$/);
  expect(JSON.parse(text)).toMatchObject({ reason });
});

test('shows no secret that the operator set, wherever in a line it occurs', () => {
  const all = Object.values(secrets)
    .flatMap((value) => value.split(','))
    .filter(Boolean);
  const text = written(
    ...all.map((secret) => [{ error: `cannot use ${secret}` }, `${secret} in a message`] as const),
    ...all.map((secret) => [{ [secret]: [secret] }, encodeURIComponent(secret)] as const),
  );
  expect(text.trim().split('\n')).toHaveLength(all.length * 2);
  expect(text).not.toMatch(/canary/);
  expect(text).not.toContain(key);
});

test('shows nothing of members that are called as secrets are', () => {
  const fields = {
    token: 'hidden',
    request: { apiToken: 'hidden', headers: { authorization: 'hidden', 'private-token': 'hidden' } },
    variables: { PASSWORD: 'hidden' },
  };
  expect(written([fields, 'odd']).match(/hidden/g)).toBeNull();
});
