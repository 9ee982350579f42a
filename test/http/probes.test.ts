import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { readFixture } from '../support/hook-fixtures.ts';
import { startService, webhookSecret } from '../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

describe('OPTIONS', () => {
  test.each([
    ['/', 'GET, HEAD, OPTIONS'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
    ['/readyz', 'GET, HEAD, OPTIONS'],
    ['/metrics', 'GET, HEAD, OPTIONS'],
    ['/openapi.json', 'GET, HEAD, OPTIONS'],
    ['/webhooks/gitlab', 'OPTIONS, POST'],
    ['/v1/triggers', 'GET, HEAD, OPTIONS, POST'],
    ['/v1/triggers/trg_1', 'GET, HEAD, OPTIONS'],
    ['/v1/triggers/trg_1/wait', 'GET, HEAD, OPTIONS, POST'],
    ['/v1/triggers/trg_1/cancel', 'OPTIONS, POST'],
    ['/v1/deliveries', 'GET, HEAD, OPTIONS'],
    ['/triggers/trg_1', 'GET, HEAD, OPTIONS'],
    ['/keys', 'GET, HEAD, OPTIONS, POST'],
    ['/sign-out', 'OPTIONS, POST'],
    ['/assets/dashboard.css', 'GET, HEAD, OPTIONS'],
    ['//healthz', 'GET, HEAD, OPTIONS'],
  ])('of %s is 204 with what is allowed, and says nothing of other origins', async (path, allow) => {
    const answer = await world.call('OPTIONS', path, {
      token: null,
      headers: { origin: 'https://elsewhere.test', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.text).toBe('');
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test.each(['/nowhere', '/v1/nowhere'])('of %s, where nothing is, is refused', async (path) => {
    expect((await world.call('OPTIONS', path, { token: null })).status).toBeGreaterThanOrEqual(400);
  });

  test.each(['/', '/healthz', '/readyz', '*'])('of %s as HAProxy asks it is 204', async (path) => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
    socket.write(`OPTIONS ${path} HTTP/1.0\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 204 /);
    expect(answer).toMatch(/^allow: GET, HEAD, OPTIONS/im);
  });

  test('is not what a method that a path does not know is', async () => {
    expect((await world.call('DELETE', '/healthz', { token: null })).status).toBe(405);
  });
});

describe('a doubled slash counts as one', () => {
  const hook = (path: string) =>
    world.call('POST', path, {
      token: null,
      body: readFixture('gitlab_docs_19_pipeline_hook'),
      headers: { 'x-gitlab-event': 'Pipeline Hook', 'x-gitlab-token': webhookSecret, 'webhook-id': path },
    });

  test.each(['//webhooks/gitlab', '/webhooks//gitlab', '///webhooks///gitlab', '//webhooks/gitlab/?a=//'])(
    'in the path of a hook: %s',
    async (path) => expect((await hook(path)).status).toBe(202),
  );

  test('in the API, whose `Location` leads to the trigger all the same', async () => {
    const body = { project: 'group/app', ref: 'main' };
    const created = await world.call('POST', '//v1//triggers', { body });
    expect(created.status).toBe(202);
    const url = new URL(created.headers.get('location') ?? '', `${world.url}//v1//triggers`);
    expect((await world.call('GET', url.pathname)).json).toMatchObject(body);
  });
});
