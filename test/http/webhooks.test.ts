import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { sign } from '@octokit/webhooks-methods';
import express from 'express';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import supertest from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { AppError } from '../../src/domain/error.ts';
import { readDelivery } from '../../src/gitlab/webhooks/read-delivery.ts';
import { createWebhooks } from '../../src/http/webhooks.ts';
import { createErrorHandler } from '../../src/http/middleware/problem.ts';
import type { CallOptions } from '../support/call.ts';
import { hookFixtures, readFixture } from '../support/hook-fixtures.ts';
import { quiet, startService, webhookSecret } from '../support/start-service.ts';

const signingToken = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const relaySecret = 'relay-secret';

const world = await startService({
  env: {
    WEBHOOK_SECRET: `old-secret,${webhookSecret}`,
    WEBHOOK_SIGNING_TOKEN: signingToken,
    RELAY_SECRET: relaySecret,
  },
});
afterAll(world.stop);

const path = '/webhooks/gitlab';
const pipelineHook = readFixture('gitlab_docs_19_pipeline_hook');

let count = 0;
/** A key that no delivery had before. */
const freshKey = (): string => `key-${(count += 1)}`;

const asGitLab = (): Record<string, string> => ({
  'x-gitlab-event': 'Pipeline Hook',
  'x-gitlab-token': webhookSecret,
  'idempotency-key': freshKey(),
});

const post = ({ body = pipelineHook, headers = {} }: CallOptions = {}) =>
  world.call('POST', path, { token: null, body, headers: { ...asGitLab(), ...headers } });

const problem = (status: number, code: string) => ({ type: `/problems/${code}`, status });

describe('a delivery', () => {
  test('is accepted with 202, also of a pipeline that nobody waits for', async () => {
    const answer = await post();
    expect(answer.status).toBe(202);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.json).toEqual({
      delivery: expect.stringMatching(/^dlv_[0-9a-f]{32}$/) as string,
      result: 'accepted',
    });
  });

  test('that comes again is a duplicate, whatever its attempt is called', async () => {
    const key = { 'idempotency-key': freshKey() };
    const first = await post({ headers: { ...key, 'x-gitlab-webhook-uuid': 'a' } });
    const second = await post({ headers: { ...key, 'x-gitlab-webhook-uuid': 'b' } });
    expect(first.json).toMatchObject({ result: 'accepted' });
    expect(second.status).toBe(202);
    expect(second.json).toEqual({ ...(first.json as object), result: 'duplicate' });
  });

  test('that arrives twice concurrently is accepted once and a duplicate once', async () => {
    const headers = { 'webhook-id': freshKey() };
    const answers = await Promise.all([post({ headers }), post({ headers })]);
    expect(answers.map(({ json }) => (json as { result: string }).result).sort()).toEqual([
      'accepted',
      'duplicate',
    ]);
  });

  test('of a hook that we do not use is taken and ignored', async () => {
    const answer = await post({ body: { object_kind: 'push' }, headers: { 'x-gitlab-event': 'Push Hook' } });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ result: 'ignored' });
  });

  test.each([
    ['[]'],
    ['"text"'],
    ['null'],
    ['{}'],
    ['{"object_kind":"pipeline"}'],
    [pipelineHook.replace('31', 'null')],
  ])('whose content makes no sense is taken all the same: %s', async (body) => {
    const answer = await post({ body });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ result: 'accepted' });
  });

  test.each(hookFixtures)('as %s is accepted', async (name) => {
    expect((await post({ body: readFixture(name) })).json).toMatchObject({ result: 'accepted' });
  });

  test('may be nested as deeply as it likes', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await post({ body: pipelineHook.replace('"builds"', `"deep": ${deep}, "builds"`) })).status).toBe(
      202,
    );
    expect((await post({ body: deep })).status).toBe(202);
  });

  test('that is JSON is never answered with an error for its content', async () => {
    const body = fc
      .tuple(fc.constantFrom(...hookFixtures), fc.string(), fc.jsonValue())
      .map(([name, key, value]) => {
        const hook = JSON.parse(readFixture(name)) as { object_attributes?: object };
        const attributes = { ...hook.object_attributes, [key]: value };
        return { ...hook, [key]: value, object_attributes: attributes };
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), body), async (content) => {
        expect((await post({ body: JSON.stringify(content) })).status).toBe(202);
      }),
      { numRuns: 60 },
    );
  });
});

test('a delivery that cannot be stored is to come again', async () => {
  const hooks = createWebhooks({
    authenticator: { byHeaders: () => 'yes', byBody: () => Promise.resolve(null) },
    readDelivery,
    noteRefusal: () => Promise.resolve(),
    receiveDelivery: () => Promise.reject(new AppError('storage_unavailable', 'the disk is full')),
    clock: systemClock,
  });
  const app = express().use(hooks).use(createErrorHandler(quiet));
  await supertest(app)
    .post(path)
    .type('json')
    .send(pipelineHook)
    .expect(503)
    .expect('retry-after', '1')
    .expect('content-type', 'application/problem+json')
    .expect(({ body }) => expect(body).toMatchObject(problem(503, 'storage_unavailable')));
});

describe('who may send hooks', () => {
  const expectRefused = async (headers: Record<string, string>) => {
    const answer = await world.call('POST', path, {
      token: null,
      body: pipelineHook,
      headers: { 'x-gitlab-event': 'Pipeline Hook', ...headers },
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toEqual({
      ...problem(401, 'unauthorized'),
      title: 'Authentication is missing or wrong',
      detail: 'the secret token or signature is missing or wrong',
    });
    expect(answer.status).toBe(401);
  };

  test('a sender without a secret, or with a wrong one, is refused with 401', async () => {
    await expectRefused({});
    await expectRefused({ 'x-gitlab-token': '' });
    await expectRefused({ 'x-gitlab-token': 'wrong' });
    await expectRefused({ authorization: `Bearer ${webhookSecret}` });
  });

  test('is who knows either token while rotating', async () => {
    expect((await post({ headers: { 'x-gitlab-token': 'old-secret' } })).status).toBe(202);
    expect((await post({ headers: { 'x-gitlab-token': webhookSecret } })).status).toBe(202);
  });

  test('is a relay that signs the body', async () => {
    const headers = {
      'x-hub-signature-256': await sign(relaySecret, pipelineHook),
      'idempotency-key': freshKey(),
    };
    const answer = await world.call('POST', path, { token: null, body: pipelineHook, headers });
    expect(answer.json).toMatchObject({ result: 'accepted' });
    await expectRefused({ 'x-hub-signature-256': await sign('wrong', pipelineHook) });
    await expectRefused({ 'x-hub-signature-256': await sign(relaySecret, `${pipelineHook} `) });
  });

  test('is a GitLab that signs the body', async () => {
    const id = freshKey();
    const now = new Date();
    const signed = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(signingToken).sign(id, now, pipelineHook),
    };
    const answer = await world.call('POST', path, { token: null, body: pipelineHook, headers: signed });
    expect(answer.json).toMatchObject({ result: 'accepted' });
    await expectRefused({ ...signed, 'webhook-id': freshKey() });
    await expectRefused({ ...signed, 'webhook-signature': 'v1,bm9uZQ==', 'x-gitlab-token': webhookSecret });
  });

  test('is known before the body is read', async () => {
    const open = httpRequest(`${world.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 1_000_000, 'x-gitlab-token': 'wrong' },
    });
    open.on('error', () => undefined);
    open.flushHeaders();
    // Not a byte of the body is sent.
    const [answer] = (await once(open, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(401);
    open.destroy();
  });
});

describe('what is no hook', () => {
  test.each([[''], ['{'], ['object_kind=pipeline'], [pipelineHook.slice(0, -20)]])(
    'because it is not JSON: %j',
    async (body) => {
      const answer = await post({ body });
      expect(answer.json).toMatchObject({ ...problem(400, 'invalid'), detail: 'the body is not JSON' });
      expect(answer.status).toBe(400);
    },
  );

  test.each([['text/plain'], ['application/x-www-form-urlencoded'], ['application/jsonp'], ['']])(
    'because it does not say that it is JSON: %j',
    async (type) => {
      const answer = await post({ headers: { 'content-type': type } });
      expect(answer.json).toMatchObject(problem(415, 'unsupported_media_type'));
      expect(answer.status).toBe(415);
    },
  );

  test('because it is compressed', async () => {
    const answer = await post({ headers: { 'content-encoding': 'gzip' } });
    expect(answer.json).toMatchObject(problem(415, 'unsupported_media_type'));
  });

  test('may say more about its JSON', async () => {
    expect((await post({ headers: { 'content-type': 'Application/JSON; charset=utf-8' } })).status).toBe(202);
  });

  const limitBytes = 5 * 2 ** 20;
  const bodyOf = (bytes: number): string => pipelineHook.padEnd(bytes);

  test('because it is larger than 5 MiB', async () => {
    expect((await post({ body: bodyOf(limitBytes) })).status).toBe(202);
    const answer = await post({ body: bodyOf(limitBytes + 1) });
    expect(answer.json).toMatchObject(problem(413, 'too_large'));
    expect(answer.status).toBe(413);
  });

  test('because it is larger than 5 MiB and does not say so', async () => {
    const open = httpRequest(`${world.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...asGitLab() },
    });
    open.on('error', () => undefined);
    for (let sent = 0; sent <= limitBytes; sent += 2 ** 20) open.write(' '.repeat(2 ** 20));
    open.end();
    const [answer] = (await once(open, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    expect(JSON.parse(await text(answer))).toMatchObject(problem(413, 'too_large'));
  });

  test.each([['GET'], ['PUT'], ['DELETE']])('because it is a %s', async (method) => {
    const answer = await world.call(method, path, { token: null });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });
});
