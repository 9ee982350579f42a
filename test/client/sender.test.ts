import { describe, expect, test } from 'vitest';
import { ServiceError, createSender } from '../../src/client/sender.ts';

const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const page = (status: number): Response =>
  new Response('<html></html>', { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
const empty = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

const answering = (answer: Response | Error) =>
  createSender({
    url: 'http://service.example.com',
    token: 'token',
    fetch: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
    now: () => 0,
  });

describe('an answer that can be used', () => {
  test.each([
    ['JSON', json(200, {})],
    ['what has not changed', empty(304)],
    ['a failed verdict', json(424, { detail: 'failed' }, { 'pipeline-trigger-state': 'finished' })],
    ['a verdict that is pending', json(503, { detail: 'wait' }, { 'pipeline-trigger-state': 'pending' })],
  ])('is %s', async (_what, answer) => {
    expect(await answering(answer)('/v1/triggers')).toBe(answer);
  });
});

describe('what is no answer', () => {
  const detail = 'in words';
  test.each([
    ['no connection', new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }), 'unreachable'],
    ['a refusal', json(403, { detail }), 'refused'],
    ['a refusal with a title alone', json(404, { title: detail }), 'refused'],
    ['a service that is starting', json(503, { detail }), 'unavailable'],
    ['too many requests', json(429, { detail }, { 'retry-after': '7' }), 'unavailable'],
    ["a proxy's page for a service that is away", page(502), 'unavailable'],
    ['a request that a proxy gave up', empty(408), 'unavailable'],
    ['a web page', page(200), 'foreign'],
    ['a redirect to a sign-in', empty(302, { location: 'https://sso.example.com' }), 'foreign'],
    ['not found, by another service', json(404, { message: 'no' }), 'foreign'],
  ] as const)('%s', async (_what, answer, trouble) => {
    const error = await answering(answer)('/v1/triggers').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ trouble });
  });

  test('says how long the service asks to wait, and whether the words are its own', async () => {
    const busy = answering(json(429, { detail: 'too many' }, { 'retry-after': '7' }))('/');
    await expect(busy).rejects.toMatchObject({ message: 'too many', retryAfterMs: 7_000, isOwnAnswer: true });
    await expect(answering(page(502))('/')).rejects.toMatchObject({
      message: 'it answers 502',
      isOwnAnswer: false,
    });
  });
});

test('a request carries the token, its body as JSON, and what is sent always', async () => {
  const sent: RequestInit[] = [];
  const send = createSender({
    url: 'http://service.example.com/below',
    token: 'token',
    headers: { traceparent: '00-1' },
    fetch: (url, init) => {
      expect(url).toBe('http://service.example.com/below/v1/triggers');
      sent.push(init ?? {});
      return Promise.resolve(json(200, {}));
    },
  });
  await send('/v1/triggers', { method: 'POST', body: { project: 'group/app' } });
  expect(sent).toMatchObject([
    {
      method: 'POST',
      redirect: 'manual',
      body: '{"project":"group/app"}',
      headers: {
        authorization: 'Bearer token',
        'content-type': 'application/json',
        traceparent: '00-1',
      },
    },
  ]);
});
