import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openStream } from '../support/open-stream.ts';
import { readFixture } from '../support/hook-fixtures.ts';
import { adminToken, startService, webhookSecret } from '../support/start-service.ts';

const world = await startService({ hooks: false });
afterAll(world.stop);

const waiting = await world.trigger({ project: 'group/app', ref: 'main' });
const finished = await world.trigger({ project: 'group/nowhere', ref: 'main' });
await world.finished(finished.id);
await world.pipelineOf(waiting.id);

const path = `/v1/triggers/${waiting.id}`;
const held = {
  wait: world.call('GET', `${path}/wait`),
  follow: world.call('GET', `${path}/wait?mode=follow`),
  text: world.call('GET', `${path}/wait?mode=text`),
  prefer: world.call('GET', path, { headers: { prefer: 'wait=20' } }),
  stream: openStream(`${world.url}${path}/events`, { authorization: `Bearer ${adminToken}` }),
};

await eventually(() => expect(world.waiters(waiting.id)).toBe(5));
world.service.drain();

describe('a service that stops', () => {
  test('sends those who wait away, to come to the next one', async () => {
    for (const answer of [await held.wait, await held.follow]) {
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 503, text: '' });
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'retry-after': '1',
        connection: 'close',
        'cache-control': 'no-store',
        'pipeline-trigger-state': 'pending',
      });
    }
  });

  test('answers those who want a word with it', async () => {
    const { status, text, headers } = await held.text;
    expect({ status, text, connection: headers.get('connection') }).toEqual({
      status: 200,
      text: 'running',
      connection: 'close',
    });
  });

  test('answers one who prefers to wait with what is', async () => {
    const { status, json } = await held.prefer;
    expect(status).toBe(200);
    expect(json).toMatchObject({ state: 'pending' });
  });

  test('ends the streams without an outcome', async () => {
    const stream = await held.stream;
    expect(await stream.ended).not.toContain('event: outcome');
  });

  test('holds no one any more', async () => {
    const answer = await world.call('GET', `${path}/wait?wait=55`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('connection')).toBe('close');
    expect(world.waiters(waiting.id)).toBe(0);
  });

  test('still tells a verdict', async () => {
    const answer = await world.call('GET', `/v1/triggers/${finished.id}/wait`);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('connection')).toBe('close');
  });

  test('still takes hooks and requests that came in', async () => {
    const headers = { 'x-gitlab-token': webhookSecret };
    const body = readFixture('gitlab_docs_19_pipeline_hook');
    expect((await world.call('POST', '/webhooks/gitlab', { token: null, body, headers })).status).toBe(202);
    const created = await world.call('POST', '/v1/triggers?wait=55', {
      body: { project: 'group/app', ref: 'main' },
    });
    expect(created.status).toBe(503);
    expect(created.headers.get('location')).toMatch(/^triggers\/trg_/);
  });

  test('lives, but is not ready', async () => {
    expect((await world.call('GET', '/healthz')).status).toBe(200);
    const ready = await world.call('GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(ready.json).toMatchObject({ detail: 'the service is stopping' });
  });
});
