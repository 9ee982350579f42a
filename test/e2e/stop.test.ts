import { Agent, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { install } from '../support/service-process.ts';
import { webhookSecret } from '../support/start-service.ts';

const clients = 40;

/** How one hook went that was sent on a connection of its own: its status, or the error's code. */
function sendHook(url: string, id: string): Promise<number | string> {
  const body = JSON.stringify({ object_kind: 'pipeline', padding: 'x'.repeat(2_000) });
  return new Promise((resolve) => {
    const sent = request(`${url}/webhooks/gitlab`, {
      method: 'POST',
      agent: new Agent({ keepAlive: false }),
      headers: {
        ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        ...{ 'x-gitlab-token': webhookSecret, 'x-gitlab-event': 'Pipeline Hook', 'webhook-id': id },
      },
    });
    sent.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

test(
  'a service that stops answers every hook whose connection the kernel has accepted for it',
  { timeout: 300_000 },
  async () => {
    for (let round = 0; round < 3; round += 1) {
      const { url, service } = await install({ hooks: false }, onTestFinished);
      const results = new Map<number | string, number>();
      const client = async (number: number): Promise<void> => {
        for (let count = 0; count < 5_000; count += 1) {
          const result = await sendHook(url, `hook-${number}-${count}`);
          results.set(result, (results.get(result) ?? 0) + 1);
          // It listens no more: the next process, or a later try, takes this one.
          if (result === 'ECONNREFUSED') return;
        }
      };
      const done = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
      await eventually(() => expect(results.get(202)).toBeGreaterThan(200));
      expect((await service.end('SIGTERM')).code).toBe(0);
      await done;
      expect([...results.keys()].toSorted()).toEqual([202, 'ECONNREFUSED']);
    }
  },
);
