import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { createRefusalLog } from '../../src/http/middleware/refusal-log.ts';
import { createRefusalReason } from '../../src/gitlab/webhooks/refusal-reason.ts';
import { canary } from '../support/canary.ts';
import { readFixture } from '../support/hook-fixtures.ts';
import { ownSecret, startService, webhookSecret } from '../support/start-service.ts';

const signingToken = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const lines: Record<string, unknown>[] = [];
const note = (fields: object, message: string): void => void lines.push({ ...fields, message });
const world = await startService({
  env: { WEBHOOK_SIGNING_TOKEN: signingToken, RELAY_SECRET: `${canary}-relay` },
  log: { info: note, warn: note, error: note },
});
afterAll(world.stop);
beforeEach(() => void lines.splice(0));

const body = JSON.stringify(readFixture('gitlab_docs_19_pipeline_hook'));

const post = (headers: Readonly<Record<string, string>>) =>
  world.call('POST', '/webhooks/gitlab', {
    token: null,
    body,
    headers: { 'content-type': 'application/json', 'x-gitlab-event': 'Pipeline Hook', ...headers },
  });

const signedAt = (at: number, token = signingToken): Record<string, string> => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(Math.floor(at / 1000)),
  'webhook-signature': new Webhook(token).sign('msg_1', new Date(at), body),
});

const refusals = () => lines.filter(({ message }) => message === 'hook refused');

describe('hooks that are refused leave few lines, which say why', () => {
  test.each<[string, () => Record<string, string>, RegExp]>([
    ['no token', () => ({}), /no X-Gitlab-Token and no signature/],
    [
      'another token',
      () => ({ 'x-gitlab-token': `${canary}-other` }),
      /X-Gitlab-Token is another one than WEBHOOK_SECRET/,
    ],
    [
      'the secret of another project',
      () => ({ 'x-gitlab-token': ownSecret(world.simulator.url, 99) }),
      /looks like the secret of one project/,
    ],
    ['a signature of 400 s ago', () => signedAt(Date.now() - 400_000), /signed (399|4\d\d) s ago/],
    [
      'a signature by another token',
      () => signedAt(Date.now(), `whsec_${Buffer.alloc(32, 9).toString('base64')}`),
      /not by WEBHOOK_SIGNING_TOKEN/,
    ],
    ['a relay’s signature', () => ({ 'x-hub-signature-256': 'sha256=00' }), /not by RELAY_SECRET/],
  ])('40 with %s', async (_what, headers, reason) => {
    for (let count = 0; count < 40; count += 1) expect((await post(headers())).status).toBe(401);
    expect(refusals()).toMatchObject([
      { from: '127.0.0.1', reason: expect.stringMatching(reason) as string, unlogged: 0 },
    ]);
    expect(JSON.stringify(lines)).not.toContain(canary);
    expect(JSON.stringify(lines)).not.toContain('msg_1');
  });

  test('none for one that is taken', async () => {
    expect((await post({ 'x-gitlab-token': webhookSecret })).status).toBe(202);
    expect(refusals()).toEqual([]);
  });
});

describe('the reason', () => {
  const now = 1_800_000_000_000;
  const reasonOf = (
    secrets: Partial<Parameters<typeof createRefusalReason>[0]>,
    headers: Readonly<Record<string, string>>,
  ) =>
    createRefusalReason(
      { plain: [], signing: [], relay: [], ...secrets },
      () => now,
    )((name) => headers[name]);
  const signed = { 'webhook-id': 'msg_1', 'webhook-signature': 'v1,AA==' };

  test.each([
    [{}, {}, 'host'],
    [{ plain: ['secret'] }, {}, 'no_token'],
    [{ plain: ['secret'] }, { 'x-gitlab-token': 'x' }, 'other_token'],
    [{ plain: ['secret'] }, { 'x-gitlab-token': 'a'.repeat(64) }, 'project_token'],
    [{ plain: ['secret'] }, signed, 'not_set'],
    [{ signing: [signingToken] }, { 'x-gitlab-token': 'x' }, 'not_set'],
    [{ signing: [signingToken] }, signed, 'signature'],
    [{ signing: [signingToken] }, { ...signed, 'webhook-timestamp': 'x' }, 'signature'],
    [{ signing: [signingToken] }, { ...signed, 'webhook-timestamp': '1799999700' }, 'signature'],
    [{ signing: [signingToken] }, { ...signed, 'webhook-timestamp': '1799999699' }, 'clock'],
    [{ signing: [signingToken] }, { ...signed, 'webhook-timestamp': '1800000301' }, 'clock'],
    [{ relay: ['secret'] }, { 'x-hub-signature-256': 'x' }, 'relay_signature'],
  ])('of %j with %j is %s', (secrets, headers, code) => {
    expect(reasonOf(secrets, headers).code).toBe(code);
  });

  test('says by how much a clock is off, and in which direction', () => {
    const text = (seconds: number) =>
      reasonOf({ signing: [signingToken] }, { ...signed, 'webhook-timestamp': String(now / 1000 + seconds) })
        .text;
    expect(text(-400)).toContain('400 s ago');
    expect(text(7_200)).toContain('7200 s ahead of our time');
  });
});

test('each kind is logged once a minute, with how many were not', () => {
  const logged: object[] = [];
  let now = 0;
  const log = createRefusalLog({
    log: { warn: (fields) => void logged.push(fields) },
    clock: { now: () => now },
  });
  const refuse = (code: string): void => log('192.0.2.1', { code, text: code });
  for (let second = 0; second < 180; second += 1) {
    now = second * 1000;
    refuse('a');
    refuse('b');
  }
  const of = (reason: string, unlogged: number) => ({ from: '192.0.2.1', reason, unlogged });
  expect(logged).toEqual([of('a', 0), of('b', 0), of('a', 59), of('b', 59), of('a', 59), of('b', 59)]);
  now = -1_000_000;
  refuse('a');
  expect(logged.at(-1)).toEqual(of('a', 59));
});
