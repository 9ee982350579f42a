import { expect, test } from 'vitest';
import { applyEvent } from '../../../simulator/engine/apply-event.ts';
import { latestJobs } from '../../../simulator/engine/model.ts';
import type { CiJob, CiPipeline } from '../../../simulator/engine/model.ts';
import { isPlayable, isRetryable, playJob } from '../../../simulator/engine/requeue.ts';
import { settle } from '../../../simulator/engine/transition.ts';
import { pipelineFrom, surroundings } from './pipeline-from.ts';

const script = 'true';
const around = surroundings();

function started(config: unknown): CiPipeline {
  const pipeline = pipelineFrom(config, around);
  settle(around, pipeline);
  return pipeline;
}

function latest(pipeline: CiPipeline, name: string): CiJob {
  return latestJobs(pipeline).find(({ definition }) => definition.name === name) as CiJob;
}

test('playing a finished manual job runs it once more, as a new job', () => {
  const pipeline = started({ a: { script, when: 'manual' } });
  const first = latest(pipeline, 'a');
  applyEvent(around, pipeline, 'play', ['a']);
  expect(isPlayable(first)).toBe(false);
  applyEvent(around, pipeline, 'success', ['a']);
  expect(isPlayable(first)).toBe(true);
  const second = playJob(around, pipeline, first);
  expect(second.id).not.toBe(first.id);
  expect(first.retried).toBe(true);
  expect(second.status).toBe('pending');
});

test('only an ended job that is the newest of its name can be retried', () => {
  const pipeline = started({ a: { script } });
  const first = latest(pipeline, 'a');
  expect(isRetryable(first)).toBe(false);
  applyEvent(around, pipeline, 'drop', ['a']);
  expect(isRetryable(first)).toBe(true);
  applyEvent(around, pipeline, 'retry', ['a']);
  expect(isRetryable(first)).toBe(false);
});

test('a retry of the pipeline renews failed and canceled jobs and leaves the others', () => {
  const pipeline = started({ a: { script }, b: { script }, c: { script }, d: { script, stage: 'deploy' } });
  applyEvent(around, pipeline, 'success', ['a']);
  applyEvent(around, pipeline, 'cancel', ['b']);
  applyEvent(around, pipeline, 'drop', ['c']);
  expect(pipeline.status).toBe('failed');
  applyEvent(around, pipeline, 'retry');
  expect(
    latestJobs(pipeline)
      .map(({ status }) => status)
      .sort(),
  ).toEqual(['created', 'pending', 'pending', 'success']);
  expect(pipeline.status).toBe('running');
});

test('a retry of the pipeline with nothing to retry changes nothing', () => {
  const pipeline = started({ a: { script } });
  applyEvent(around, pipeline, 'success', ['a']);
  applyEvent(around, pipeline, 'retry');
  expect(pipeline.status).toBe('success');
  expect(pipeline.jobs).toHaveLength(1);
});

test('a retry of the pipeline asks for a manual job to be played again', () => {
  const pipeline = started({ a: { script, when: 'manual', allow_failure: false } });
  applyEvent(around, pipeline, 'play', ['a']);
  applyEvent(around, pipeline, 'drop', ['a']);
  applyEvent(around, pipeline, 'retry');
  expect(latest(pipeline, 'a').status).toBe('manual');
});

test('a job with retries left is renewed when it fails, and the pipeline goes on', () => {
  const pipeline = started({ a: { script, retry: 1 } });
  applyEvent(around, pipeline, 'run', ['a']);
  applyEvent(around, pipeline, 'drop', ['a']);
  expect(pipeline.status).toBe('running');
  expect(latest(pipeline, 'a')).toMatchObject({ status: 'pending', attempt: 1 });
  applyEvent(around, pipeline, 'drop', ['a']);
  expect(pipeline.status).toBe('failed');
});

test('canceling a pipeline leaves its manual jobs playable', () => {
  const pipeline = started({ a: { script }, b: { script, when: 'manual' } });
  applyEvent(around, pipeline, 'cancel');
  expect(pipeline.status).toBe('canceled');
  expect(latest(pipeline, 'b').status).toBe('manual');
});

test('the times of a pipeline follow its status', () => {
  const pipeline = started({ a: { script } });
  expect(pipeline.startedAt).toBeNull();
  applyEvent(around, pipeline, 'run', ['a']);
  expect(pipeline.startedAt).not.toBeNull();
  expect(pipeline.finishedAtMs).toBeNull();
  applyEvent(around, pipeline, 'success', ['a']);
  expect(pipeline.finishedAtMs).toBeLessThanOrEqual(performance.now());
});

test('a job that is not there is a mistake', () => {
  expect(() => applyEvent(around, started({ a: { script } }), 'run', ['b'])).toThrow(/no job b/);
});
