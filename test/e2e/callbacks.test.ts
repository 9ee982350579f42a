import { verify } from '@octokit/webhooks-methods';
import { expect, test } from 'vitest';
import type { StubRequest } from '../support/start-stub-server.ts';
import { startStubServer } from '../support/start-stub-server.ts';
import { eventually } from '../support/eventually.ts';
import { install } from '../support/service-process.ts';

const secret = 'callback-secret';
const env = { CALLBACK_ALLOWED_HOSTS: '127.0.0.1', CALLBACK_SECRET: secret };

const deliveryOf = ({ headers }: StubRequest) => headers['x-pipeline-trigger-delivery'];

test('a stored outcome is posted, whatever became of the service that stored it', async () => {
  let isUp = false;
  const receiver = await startStubServer((response) => {
    // While it is down, a request that came through is never answered.
    if (isUp) response.writeHead(204).end();
  });
  const installation = await install({ env });
  const { trigger, finished, service, startAgain, call } = installation;
  const { id } = await trigger({
    project: 'group/green',
    ref: 'main',
    callbackUrl: `${receiver.url}/hook?key=canary`,
  });
  await finished(id);
  await eventually(() => expect(receiver.requests).toHaveLength(1));
  await service.end('SIGKILL');
  isUp = true;
  await startAgain();
  await eventually(async () => {
    const { json } = await call('GET', '/v1/callbacks');
    expect(json).toMatchObject({ items: [{ trigger: id, state: 'delivered', tries: 1 }] });
  });
  const [first, second] = receiver.requests;
  expect(receiver.requests).toHaveLength(2);
  expect(first === undefined || second === undefined ? [] : [deliveryOf(first), deliveryOf(second)]).toEqual([
    id.replace('trg_', 'cbk_'),
    id.replace('trg_', 'cbk_'),
  ]);
  for (const { body, headers } of receiver.requests)
    expect(await verify(secret, body, String(headers['x-hub-signature-256']))).toBe(true);
  expect(JSON.parse(second?.body ?? '')).toMatchObject({ id, state: 'finished', outcome: 'success' });
  expect(installation.log()).not.toContain('canary');
});

test('a stop does not wait for a receiver that says nothing', async () => {
  const receiver = await startStubServer(() => undefined);
  const { trigger, finished, service } = await install({ env });
  const { id } = await trigger({ project: 'group/green', ref: 'main', callbackUrl: receiver.url });
  await finished(id);
  await eventually(() => expect(receiver.requests).toHaveLength(1));
  const { code, ms } = await service.end('SIGTERM');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(8_000);
});
