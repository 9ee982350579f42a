import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import express from 'express';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTriggerNotifier } from '../../../src/app/engine/trigger-notifier.ts';
import type { Stored } from '../../../src/app/ports/index.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createLongPoll } from '../../../src/http/api/long-poll.ts';
import { createErrorHandler } from '../../../src/http/middleware/problem.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { aRunning, after, read } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';
import { quiet } from '../../support/start-service.ts';

const trigger = after(aRunning(), read('success'));

/** A server whose only route holds its caller; `find` is the look at the store once the caller has joined. */
async function begin(find: (response: Response) => Promise<Stored | undefined>) {
  const waiters = createTriggerNotifier();
  const noted: (number | null)[] = [];
  const present = { left: 0, waitingAtError: NaN };
  let held: Response | undefined;
  const hold = createLongPoll({
    store: { find: () => find(held as Response) },
    waiters,
    clock: createFakeClock(),
    diagnostics: {
      presence: { leave: () => (present.left += 1) } as never,
      responses: {
        note: (_id: TriggerId, _caller: string, status: number | null) => noted.push(status),
      } as never,
    },
    draining: new AbortController().signal,
  });
  const app = express()
    .get('/', async (_request, response) => {
      held = response;
      await hold({
        response,
        id: trigger.id,
        presence: { id: trigger.id, caller: 'ci' } as never,
        seconds: 50,
        answer: () => Promise.resolve({ status: 200, body: 'verdict' }),
      });
    })
    .use((error: unknown, _request: Request, _response: Response, next: NextFunction) => {
      present.waitingAtError = waiters.total();
      next(error);
    })
    .use(createErrorHandler(quiet));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, waiters, noted, present };
}

test('a caller is answered 503 when the store fails at the look after it has joined, and leaves', async () => {
  const { url, present } = await begin(() => Promise.reject(storageUnavailable()));
  expect((await fetch(url)).status).toBe(503);
  expect(present).toEqual({ left: 1, waitingAtError: 0 });
});

test('a caller is answered 404 when the trigger is pruned before that look, and leaves', async () => {
  const { url, present } = await begin(() => Promise.resolve(undefined));
  expect((await fetch(url)).status).toBe(404);
  expect(present).toEqual({ left: 1, waitingAtError: 0 });
});

test('a caller who was notified of the end before that look fails is answered with it, once', async () => {
  const { url, waiters, noted, present } = await begin(() => {
    waiters.notify(trigger);
    return Promise.reject(storageUnavailable());
  });
  const answer = await fetch(url);
  expect({ status: answer.status, text: await answer.text() }).toMatchObject({ status: 200 });
  expect(noted).toEqual([200]);
  expect(present.left).toBe(1);
});

test('a caller whose trigger has finished by that look is answered with it, once', async () => {
  const { url, noted } = await begin(() => Promise.resolve({ trigger, version: 2 }));
  expect((await fetch(url)).status).toBe(200);
  expect(noted).toEqual([200]);
});

test('a caller that hangs up during the look is noted as gone, once', async () => {
  const { url, noted, present, waiters } = await begin(async (response) => {
    response.destroy();
    await once(response, 'close');
    return { trigger: aRunning(), version: 1 };
  });
  await expect(fetch(url)).rejects.toThrow();
  await vi.waitFor(() => expect(noted).toEqual([null]));
  expect({ left: present.left, waiting: waiters.total() }).toEqual({ left: 1, waiting: 0 });
});
