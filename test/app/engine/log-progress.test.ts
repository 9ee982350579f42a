import { expect, test } from 'vitest';
import { logProgress } from '../../../src/app/engine/log-progress.ts';
import type { DeliveryId } from '../../../src/domain/ids.ts';
import { idsIn } from '../../../src/domain/ids.ts';
import { after, aRunning, aTrigger, hook, pipelineId } from '../../fakes/triggers.ts';

function begin() {
  const lines: object[] = [];
  const progressed = logProgress({ info: (fields, message) => void lines.push({ ...fields, message }) });
  return { lines, progressed };
}

const reported = { ...hook('success'), origin: { delivery: 'dlv_1' as DeliveryId } };

test('a trigger that has its pipeline, and one that finishes, are a line each', () => {
  const { lines, progressed } = begin();
  const [asked, running] = [aTrigger(), aRunning()];
  const finished = after(running, reported);
  progressed(asked, running, hook('created'));
  progressed(running, finished, reported);
  const { id: triggerId } = running;
  expect(lines).toEqual([
    { triggerId, pipelineId, message: 'pipeline known' },
    { triggerId, pipelineId, deliveryId: 'dlv_1', outcome: 'success', message: 'trigger finished' },
  ]);
});

test('all else that changes is none', () => {
  const { lines, progressed } = begin();
  const running = aRunning();
  const finished = after(running, reported);
  progressed(running, running, hook('running'));
  progressed(finished, finished, reported);
  expect(lines).toEqual([]);
});

test('ids are found by what they begin with', () => {
  const name = 'ab'.repeat(16);
  expect(idsIn(`/v1/triggers/trg_${name}/wait`)).toEqual({ triggerId: `trg_${name}` });
  expect(idsIn(`dlv_${name}`)).toEqual({ deliveryId: `dlv_${name}` });
  expect(idsIn(`cbk_${name}`)).toEqual({ callbackId: `cbk_${name}` });
  expect(idsIn('group/app')).toEqual({});
});
