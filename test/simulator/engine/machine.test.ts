import { expect, test } from 'vitest';
import { nextPipelineStatus, nextStageStatus } from '../../../simulator/engine/machine.ts';

test.each(['running', 'success', 'failed', 'canceling', 'canceled'] as const)(
  'a pipeline that is %s runs when a job becomes pending',
  (current) => {
    expect(nextPipelineStatus(current, 'pending')).toBe('running');
  },
);

test.each(['created', 'manual', 'skipped', 'scheduled'] as const)(
  'a pipeline that is %s becomes pending with a job',
  (current) => {
    expect(nextPipelineStatus(current, 'pending')).toBe('pending');
  },
);

test('created is no event', () => {
  expect(nextPipelineStatus('skipped', 'created')).toBe('skipped');
  expect(nextStageStatus('skipped', 'created')).toBe('skipped');
});

test('a stage goes back to pending', () => {
  expect(nextStageStatus('failed', 'pending')).toBe('pending');
});
