import { expect, test } from 'vitest';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { isFinished, isOpen, isRunning, pipelineOf, projectOf } from '../../../src/domain/trigger/trigger.ts';
import { aRunning, aTrigger, after, pipelineId, read, start } from '../../fakes/triggers.ts';

const wanted = { progress: 'wanted', reason: null } as const;
const done = { progress: 'done', reason: null } as const;
const finished = after(aRunning(), read('failed'));
const without: Trigger = after(aTrigger(), { type: 'startRefused', at: start, reason: 'no such ref' });

test.each([
  [1, '1'],
  [0, 'group/app'],
])('the project of a pipeline with project id %i is named %s', (projectId, name) => {
  const trigger = aRunning({ project: 'group/app' });
  expect(projectOf(trigger, { ...trigger.state.pipeline, projectId })).toBe(name);
});

test('a trigger has its whole time before it when it is made', () => {
  expect(aTrigger({ deadlineSeconds: 60 }, { at: start })).toMatchObject({
    createdAt: start,
    deadlineAt: start + 60_000,
  });
});

test.each<[string, Trigger, { open: boolean; running: boolean; finished: boolean; pipeline: number | null }]>(
  [
    ['requested', aTrigger(), { open: true, running: false, finished: false, pipeline: null }],
    ['running', aRunning(), { open: true, running: true, finished: false, pipeline: pipelineId }],
    ['finished', finished, { open: false, running: false, finished: true, pipeline: pipelineId }],
    [
      'finished, to be canceled',
      { ...finished, cancel: wanted },
      { open: true, running: false, finished: true, pipeline: pipelineId },
    ],
    [
      'finished, canceled',
      { ...finished, cancel: done },
      { open: false, running: false, finished: true, pipeline: pipelineId },
    ],
    [
      'finished without a pipeline',
      { ...without, cancel: wanted },
      { open: false, running: false, finished: true, pipeline: null },
    ],
  ],
)('%s', (_what, trigger, expected) => {
  expect({
    open: isOpen(trigger),
    running: isRunning(trigger),
    finished: isFinished(trigger),
    pipeline: pipelineOf(trigger)?.id ?? null,
  }).toEqual(expected);
});
