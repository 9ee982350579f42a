import { afterAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { openStream } from '../../support/open-stream.ts';
import { adminToken, startService } from '../../support/start-service.ts';
import { makeKey } from './browser.ts';

const world = await startService();
afterAll(world.stop);

const bearer = (token = adminToken) => ({ authorization: `Bearer ${token}` });

/** The parts that a stream sent, as far as they name a trigger. */
const partsIn = (text: string) =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('event: part\n'))
    .map((block) => JSON.parse(block.slice(block.indexOf('data: ') + 6)) as Record<string, unknown>);

test('a list receives triggers that appear, change and finish, escaped', async () => {
  const stream = await openStream(`${world.url}/live`, bearer());
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(id);
  await eventually(() =>
    expect(partsIn(stream.text()).findLast((part) => part['id'] === `row-${id}`)).toMatchObject({
      isNew: false,
      announce: 'group/green main: success',
      html: expect.stringContaining(`href="/triggers/${id}"`) as string,
    }),
  );
  stream.hangUp();
});

test('a list receives what it asks for, and what its reader may see', async () => {
  const { secret } = await makeKey(world, { name: 'reader', role: 'read', projects: ['group/app'] });
  const streams = await Promise.all([
    openStream(`${world.url}/live?project=group/app`, bearer()),
    openStream(`${world.url}/live?state=all`, bearer(secret)),
  ]);
  const other = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(other.id);
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  for (const stream of streams) {
    await eventually(() => expect(stream.text()).toContain(id));
    expect(stream.text()).not.toContain(other.id);
    stream.hangUp();
  }
});

test('a trigger’s page is notified that it is stale', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await world.pipelineOf(id);
  const stream = await openStream(`${world.url}/triggers/${id}/live`, bearer());
  world.simulator.apply(pipelineId, 'run', ['build']);
  await eventually(() => expect(stream.text()).toContain('event: stale\ndata: {}\n\n'));
  stream.hangUp();
  expect((await world.call('GET', '/triggers/trg_none/live')).status).toBe(404);
});

test('nobody who looks on counts as a waiter', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const stream = await openStream(`${world.url}/triggers/${id}/live`, bearer());
  expect(world.waiters(id)).toBe(0);
  stream.hangUp();
});

test('HEAD is answered without a stream', async () => {
  expect((await world.call('HEAD', '/live')).status).toBe(200);
});

test('streams end when the service stops', async () => {
  const other = await startService();
  const stream = await openStream(`${other.url}/live`, bearer());
  other.service.drain();
  await stream.ended;
  expect((await other.call('GET', '/live')).status).toBe(503);
  await other.stop();
});
