import { describe, expect, test } from 'vitest';
import { createAudit } from '../../../src/app/access/audit.ts';
import { createAuditedSteering } from '../../../src/app/triggers/audited-steering.ts';
import type { SteerTrigger } from '../../../src/app/triggers/steer-trigger.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createMemoryAudit } from '../../../src/store/memory/audit.ts';
import { aTrigger, start } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';

const id = 'trg_1' as TriggerId;
const actor = { id: 'ci', from: '192.0.2.7' };
type Steer = ReturnType<ReturnType<typeof createAuditedSteering>>;

function begin({ isBroken = false } = {}) {
  const done: string[] = [];
  const lines: object[] = [];
  const store = createMemoryAudit();
  const act =
    (name: string) =>
    (...args: unknown[]) => {
      done.push(`${name}(${args.join(' ')})`);
      return Promise.resolve(aTrigger());
    };
  const steer = Object.fromEntries(
    ['cancel', 'play', 'retry', 'resolve', 'reconcile'].map((name) => [name, act(name)]),
  ) as unknown as SteerTrigger;
  const audit = createAudit({
    store: isBroken ? { note: () => Promise.reject(storageUnavailable()) } : store,
    clock: { now: () => start },
    log: { info: (fields, message) => lines.push({ ...fields, message }) },
  });
  return { done, lines, store, steer: createAuditedSteering({ steer, audit })(actor) };
}

describe.each<[string, (steer: Steer) => Promise<unknown>, string, object]>([
  ['cancel', (steer) => steer.cancel(id), 'cancel(trg_1 ci)', {}],
  [
    'play',
    (steer) => steer.play(id, ['deploy'], { approvalRefusal: null }),
    'play(trg_1 deploy [object Object])',
    { jobs: ['deploy'] },
  ],
  ['retry', (steer) => steer.retry(id), 'retry(trg_1)', {}],
  ['reconcile', (steer) => steer.reconcile(id), 'reconcile(trg_1)', {}],
  [
    'resolve',
    (steer) => steer.resolve(id, 'success', 'seen'),
    'resolve(trg_1 success seen)',
    { outcome: 'success', reason: 'seen' },
  ],
])('%s', (name, ask, call, details) => {
  test('is written down and logged, and done', async () => {
    const { done, lines, store, steer } = begin();
    await ask(steer);
    expect(done).toEqual([call]);
    const action = `trigger.${name}`;
    const { items } = await store.list({ subject: null, actor: null, limit: 9, cursor: null });
    expect(items).toEqual([{ sequence: 1, at: start, actor, action, subject: id, details }]);
    const line = { actor: 'ci', from: '192.0.2.7', action, subject: id, details, message: 'audit' };
    expect(lines).toEqual([line]);
  });

  test('is not done when it cannot be written down', async () => {
    const { done, lines, steer } = begin({ isBroken: true });
    await expect(ask(steer)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect([done, lines]).toEqual([[], []]);
  });
});
