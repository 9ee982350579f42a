import { describe, expect, test } from 'vitest';
import type { Payload } from '../../src/domain/delivery.ts';
import { cancelsUpstream, pipelineIdOf } from '../../src/domain/delivery.ts';
import type { PipelineId } from '../../src/domain/ids.ts';
import { aJob, aSnapshot, jobId, pipelineId } from '../fakes/triggers.ts';

const pipelinePayload = (status: string): Payload => ({
  kind: 'pipeline',
  pipeline: aSnapshot(status),
  projectPath: 'group/app',
  ref: 'main',
  source: 'push',
  triggerId: null,
  happenedAt: null,
});

const jobPayload = (name: string, status: string): Payload => ({
  kind: 'job',
  pipelineId,
  projectId: 1,
  projectPath: 'group/app',
  job: aJob(name, status),
  happenedAt: null,
});

const ignored: Payload = { kind: 'ignored', reason: 'a push' };

test.each<[Payload, PipelineId | null]>([
  [pipelinePayload('running'), pipelineId],
  [jobPayload('unit', 'running'), pipelineId],
  [ignored, null],
  [{ kind: 'unreadable', reason: 'no status', pipelineId, projects: [] }, pipelineId],
  [{ kind: 'unreadable', reason: 'no id', pipelineId: null, projects: [] }, null],
])('the pipeline that $0.kind payload is about', (payload, expected) => {
  expect(pipelineIdOf(payload)).toBe(expected);
});

describe('the upstream pipeline is canceled', () => {
  const upstream = { project: 'group/parent', pipelineId, jobId: jobId('trigger') };

  test.each<[string, Payload, boolean]>([
    ['when it is', pipelinePayload('canceled'), true],
    ['when the job that waits is', jobPayload('trigger', 'canceled'), true],
    ['not when it fails', pipelinePayload('failed'), false],
    ['not while it is canceling', pipelinePayload('canceling'), false],
    ['not when another of its jobs is canceled', jobPayload('unit', 'canceled'), false],
    ['not when the job that waits fails', jobPayload('trigger', 'failed'), false],
    ['not by payload of no pipeline', ignored, false],
  ])('%s', (_what, payload, expected) => {
    expect(cancelsUpstream(payload, upstream)).toBe(expected);
  });

  test('not when another pipeline is', () => {
    expect(cancelsUpstream(pipelinePayload('canceled'), { ...upstream, pipelineId: 7 as PipelineId })).toBe(
      false,
    );
  });

  test('not by any job of it when the job that waits is not known', () => {
    expect(cancelsUpstream(jobPayload('trigger', 'canceled'), { ...upstream, jobId: null })).toBe(false);
  });
});
