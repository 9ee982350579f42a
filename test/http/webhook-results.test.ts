import express from 'express';
import supertest from 'supertest';
import { expect, test } from 'vitest';
import type { HookResult } from '../../src/app/ports/meter.ts';
import { hookResults } from '../../src/app/ports/meter.ts';
import type { DeliveryResult } from '../../src/app/deliveries/receive-delivery.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { AppError } from '../../src/domain/error.ts';
import { readDelivery } from '../../src/gitlab/webhooks/read-delivery.ts';
import { createWebhooks } from '../../src/http/webhooks.ts';
import { createErrorHandler } from '../../src/http/middleware/problem.ts';
import { quiet } from '../support/start-service.ts';

interface Case {
  readonly as: HookResult;
  readonly status: number;
  readonly body?: string;
  readonly type?: string;
  readonly encoding?: string;
  /** Whether its secret is right: in the header, or by its body. */
  readonly known?: 'yes' | 'no' | 'signed';
  readonly guesses?: boolean;
  readonly receive?: () => Promise<DeliveryResult>;
}

const taken = (result: DeliveryResult) => () => Promise.resolve(result);
const failing = (error: Error) => () => Promise.reject(error);
const tooLarge = `"${'x'.repeat(5 * 2 ** 20)}"`;

const cases: readonly Case[] = [
  { as: 'accepted', status: 202, receive: taken('accepted') },
  { as: 'duplicate', status: 202, receive: taken('duplicate') },
  { as: 'ignored', status: 202, receive: taken('ignored') },
  { as: 'refused', status: 401, known: 'no' },
  { as: 'refused', status: 401, known: 'signed' },
  { as: 'throttled', status: 429, known: 'no', guesses: true },
  { as: 'invalid', status: 400, body: '{' },
  { as: 'invalid', status: 413, body: tooLarge },
  { as: 'invalid', status: 415, type: 'text/plain' },
  { as: 'invalid', status: 415, encoding: 'gzip' },
  { as: 'failed', status: 503, receive: failing(new AppError('storage_unavailable', 'the disk is full')) },
  { as: 'failed', status: 500, receive: failing(new Error('a mistake of ours')) },
];

test.each(cases)(
  'a hook that is answered $status is counted as $as, once',
  async ({
    as,
    status,
    body = '{}',
    type = 'application/json',
    encoding,
    known = 'yes',
    guesses,
    receive,
  }) => {
    const counted: HookResult[] = [];
    const tooMany = new AppError('too_many_requests', 'too many requests with a wrong secret');
    const hooks = createWebhooks({
      authenticator: { byHeaders: () => known, byBody: () => Promise.resolve(null) },
      readDelivery,
      noteRefusal: () => (guesses === true ? Promise.reject(tooMany) : Promise.resolve()),
      receiveDelivery: receive ?? taken('accepted'),
      clock: systemClock,
      meter: { hookReceived: (result) => void counted.push(result) },
    });
    const asked = supertest(express().use(hooks).use(createErrorHandler(quiet)))
      .post('/webhooks/gitlab')
      .set('content-type', type)
      .set(encoding === undefined ? {} : { 'content-encoding': encoding });
    await asked.send(body).expect(status);
    expect(counted).toEqual([as]);
  },
);

test('every result can come about', () => {
  expect(new Set(cases.map((row) => row.as))).toEqual(new Set(hookResults));
});
