import { expect, test } from 'vitest';
import type { HookFault } from '../../../simulator/faults/fault-plan.ts';
import { startReceiver } from '../hooks/receiver.ts';
import type { Receiver } from '../hooks/receiver.ts';
import { createPipeline, start, eventually } from '../start.ts';

async function runWith(fault: HookFault) {
  const receiver = await startReceiver();
  const simulator = await start();
  simulator.addHook('group/app', { url: receiver.url, pipeline_events: true });
  simulator.faults.hooks.push(fault);
  const id = await createPipeline(simulator);
  await new Promise(setImmediate);
  simulator.apply(id, 'run', ['build']);
  return { receiver, simulator };
}

function statuses({ received }: Receiver): (string | undefined)[] {
  return received.map(({ payload }) => payload?.object_attributes.status);
}

test('drop', async () => {
  const { receiver, simulator } = await runWith({ kind: 'drop', match: { status: 'pending' } });
  // A delivery is logged when its answer is back, which is after the receiver has seen it.
  await eventually(() =>
    expect(simulator.deliveries).toMatchObject([{ status: 'dropped', fault: 'drop' }, { status: 200 }]),
  );
  expect(statuses(receiver)).toEqual(['running']);
});

test('duplicate: twice the same key', async () => {
  const { receiver } = await runWith({ kind: 'duplicate', times: 1 });
  await eventually(() => expect(statuses(receiver).sort()).toEqual(['pending', 'pending', 'running']));
  const keys = receiver.received.map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(2);
});

test('delay: the payload is as old as the delay', async () => {
  const { receiver } = await runWith({ kind: 'delay', ms: 500, times: 1 });
  await eventually(() => expect(statuses(receiver)).toEqual(['running', 'pending']));
});

test('reorder: the next one overtakes', async () => {
  const { receiver, simulator } = await runWith({ kind: 'reorder', ms: 10_000, times: 1 });
  await eventually(() =>
    expect(simulator.deliveries.map(({ fault }) => fault).sort()).toEqual([null, 'reorder'].sort()),
  );
  expect(receiver.received).toHaveLength(2);
});

test('reorder: held back no longer than it says', async () => {
  const { receiver } = await runWith({ kind: 'reorder', ms: 20 });
  await eventually(() => expect(receiver.received).toHaveLength(2));
});

test('corrupt: no JSON any more', async () => {
  const { receiver } = await runWith({ kind: 'corrupt', times: 1, match: { event: 'Pipeline Hook' } });
  await eventually(() => expect(statuses(receiver).sort()).toEqual(['running', undefined]));
});

test('fail: it does not get through, and GitLab counts it against the hook', async () => {
  const { receiver, simulator } = await runWith({ kind: 'fail', match: { status: 'pending' } });
  await eventually(() => expect(simulator.deliveries).toHaveLength(2));
  expect(simulator.deliveries).toContainEqual(
    expect.objectContaining({ status: 'internal error', fault: 'fail' }),
  );
  expect(statuses(receiver)).toEqual(['running']);
});

test('resend: the same delivery days later, as old as it is then', async () => {
  const threeDays = 3 * 24 * 60 * 60 * 1000;
  let passedMs = 0;
  const receiver = await startReceiver();
  const simulator = await start(undefined, { now: () => Date.UTC(2026, 0, 1) + passedMs });
  simulator.addHook('group/app', { url: receiver.url, pipeline_events: true });
  simulator.faults.hooks.push({ kind: 'resend', ms: threeDays, match: { status: 'pending' } });
  const id = await createPipeline(simulator);
  await eventually(() => expect(statuses(receiver)).toEqual(['pending']));
  simulator.apply(id, 'run', ['build']);
  passedMs = threeDays - 1;
  await eventually(() => expect(statuses(receiver)).toEqual(['pending', 'running']));
  passedMs = threeDays;
  await eventually(() => expect(statuses(receiver)).toEqual(['pending', 'running', 'pending']));
  const [first, , again] = receiver.received;
  expect(again?.body).toBe(first?.body);
  expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  const sentAt = [first, again].map((delivery) => Number(delivery?.headers['webhook-timestamp']) * 1000);
  expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBe(threeDays);
});
