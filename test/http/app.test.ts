import supertest from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/error.ts';
import { serverOver } from '../support/server-over.ts';
import { startService } from '../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

test('/healthz says that it lives, to everyone', async () => {
  const answer = await world.call('GET', '/healthz', { token: null });
  expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { status: 'ok' } });
});

test('/readyz says that the database can be written, to everyone', async () => {
  const answer = await world.call('GET', '/readyz', { token: null });
  expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { status: 'ready' } });
});

test.each([[['one']], [['one', 'two']]])('/readyz lists the warnings of the start: %j', async (warnings) => {
  await supertest(serverOver(world, { warnings: () => warnings }))
    .get('/readyz')
    .expect(200, { status: 'ready', warnings });
});

test('/readyz says that the database cannot be written', async () => {
  const checkStore = () => Promise.reject(new AppError('storage_unavailable', 'the disk is full'));
  const expected = {
    type: '/problems/storage_unavailable',
    title: 'The database cannot be used',
    status: 503,
    detail: 'the disk is full',
  };
  await supertest(serverOver(world, { checkStore }))
    .get('/readyz')
    .expect(503)
    .expect('retry-after', '1')
    .expect(({ body }) => expect(body).toEqual(expected));
});

test('HEAD is answered as GET is, without a body', async () => {
  const answer = await world.call('HEAD', '/healthz', { token: null });
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '' });
});

test.each([
  ['/nowhere'],
  ['/v1'],
  ['/v1/triggers/a/b'],
  ['/v1/triggers/a/b/c'],
  ['/v1/deliveries/a/b'],
  ['/webhooks/github'],
])('there is nothing at %s', async (path) => {
  const answer = await world.call('GET', path);
  expect(answer.json).toEqual({
    type: '/problems/not_found',
    title: 'Not found',
    status: 404,
    detail: 'there is nothing at this path',
  });
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
});

describe('a path', () => {
  test.each([
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/readyz', 'GET, HEAD'],
    ['PUT', '/webhooks/gitlab', 'POST'],
    ['PUT', '/v1/triggers', 'GET, HEAD, POST'],
    ['DELETE', '/v1/triggers/trg_1', 'GET, HEAD'],
    ['PATCH', '/v1/triggers/trg_1', 'GET, HEAD'],
    ['DELETE', '/v1/triggers/trg_1/wait', 'GET, HEAD, POST'],
    ['POST', '/v1/events', 'GET, HEAD'],
    ['POST', '/v1/triggers/trg_1/events', 'GET, HEAD'],
    ['POST', '/v1/triggers/trg_1/log', 'GET, HEAD'],
    ['GET', '/v1/triggers/trg_1/cancel', 'POST'],
    ['GET', '/v1/triggers/trg_1/play', 'POST'],
    ['GET', '/v1/triggers/trg_1/retry', 'POST'],
    ['GET', '/v1/triggers/trg_1/reconcile', 'POST'],
    ['PUT', '/v1/triggers/trg_1/resolve', 'POST'],
    ['POST', '/v1/deliveries', 'GET, HEAD'],
    ['DELETE', '/v1/deliveries/dlv_1', 'GET, HEAD'],
    ['GET', '/v1/deliveries/dlv_1/replay', 'POST'],
  ])('refuses %s %s and says what it allows', async (method, path, allow) => {
    const answer = await world.call(method, path);
    expect(answer.json).toEqual({
      type: '/problems/method_not_allowed',
      title: 'Method not allowed',
      status: 405,
      detail: `this path knows ${allow} only`,
    });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

test('answers are not for browsers to guess at, and do not tell what they are made with', async () => {
  for (const path of ['/healthz', '/nowhere', '/v1/triggers']) {
    const { headers } = await world.call('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.has('x-powered-by')).toBe(false);
  }
});
