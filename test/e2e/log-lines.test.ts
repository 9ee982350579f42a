import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startStubServer } from '../support/start-stub-server.ts';
import { startService, webhookSecret } from '../support/start-service.ts';

interface Line extends Readonly<Record<string, unknown>> {
  readonly message: string;
}

const lines: Line[] = [];
const note = (fields: object, message: string): void => void lines.push({ ...fields, message });
const world = await startService({
  env: { WEBHOOK_TRUST: 'all', CALLBACK_ALLOWED_HOSTS: '127.0.0.1' },
  log: { info: note, warn: note, error: note },
});
const stopping = new AbortController();
const calling = world.service.callbacks.run(stopping.signal);
afterAll(async () => {
  stopping.abort();
  await calling;
  await world.stop();
});

const saying = (message: string): Line[] => lines.filter((line) => line.message === message);

test('each line of a trigger’s story names it, and its requests, hooks and callback', async () => {
  const receiver = await startStubServer((response) => response.writeHead(204).end());
  const { id: triggerId } = await world.trigger(
    { project: 'group/app', ref: 'main', callbackUrl: `${receiver.url}/hook` },
    { 'x-request-id': 'start:1' },
  );
  const pipelineId = await world.pipelineOf(triggerId);
  await world.call('POST', `/v1/triggers/${triggerId}/cancel`, {
    body: { reason: 'enough' },
    headers: { 'x-request-id': 'cancel:1' },
  });
  await world.finished(triggerId);
  await eventually(() => expect(saying('callback delivered')).toHaveLength(1));

  expect(saying('audit')).toMatchObject([
    { triggerId, requestId: 'start:1', action: 'trigger.start' },
    { triggerId, requestId: 'cancel:1', action: 'trigger.cancel' },
  ]);
  expect(saying('pipeline known')).toMatchObject([{ triggerId, pipelineId }]);
  expect(saying('trigger finished')).toMatchObject([{ triggerId, pipelineId, outcome: 'canceled' }]);
  expect(saying('callback delivered')).toMatchObject([
    { triggerId, callbackId: triggerId.replace('trg_', 'cbk_') },
  ]);
  for (const line of lines) expect(line).toMatchObject({ triggerId });
});

test('an end that a hook reported is logged with the delivery id of that hook', async () => {
  lines.length = 0;
  const { id: triggerId } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(triggerId);
  const [end] = saying('trigger finished');
  expect(end).toMatchObject({ triggerId, outcome: 'success' });
  const { json } = await world.call('GET', `/v1/deliveries/${String(end?.['deliveryId'])}`);
  expect(json).toMatchObject({ id: end?.['deliveryId'] });
});

test('a hook that nobody can read, and its replay, are logged by its id', async () => {
  lines.length = 0;
  const deliveryId = await unreadable();
  expect(saying('delivery not understood')).toMatchObject([{ deliveryId }]);
  await world.call('POST', `/v1/deliveries/${deliveryId}/replay`);
  expect(saying('audit')).toMatchObject([{ deliveryId, action: 'delivery.replay' }]);
});

/** @returns the id under which it was taken in */
async function unreadable(): Promise<string> {
  const { json } = await world.call('POST', '/webhooks/gitlab', {
    token: null,
    body: { object_kind: 'pipeline' },
    headers: { 'x-gitlab-token': webhookSecret, 'x-gitlab-event': 'Pipeline Hook' },
  });
  return (json as { delivery: string }).delivery;
}
