import { describe, expect, test } from 'vitest';
import type { News } from '../../src/domain/delivery.ts';
import { cancelsUpstream, pipelineIdOf } from '../../src/domain/delivery.ts';
import type { PipelineId } from '../../src/domain/ids.ts';
import { aJob, aSnapshot, jobId, pipelineId } from '../fakes/triggers.ts';

const pipelineNews = (status: string): News => ({
  kind: 'pipeline',
  pipeline: aSnapshot(status),
  projectPath: 'group/app',
  ref: 'main',
  source: 'push',
  triggerId: null,
  happenedAt: null,
});

const jobNews = (name: string, status: string): News => ({
  kind: 'job',
  pipelineId,
  projectId: 1,
  projectPath: 'group/app',
  job: aJob(name, status),
  happenedAt: null,
});

const ignored: News = { kind: 'ignored', reason: 'a push' };

test.each<[News, PipelineId | null]>([
  [pipelineNews('running'), pipelineId],
  [jobNews('unit', 'running'), pipelineId],
  [ignored, null],
  [{ kind: 'unreadable', reason: 'no status', pipelineId, projects: [] }, pipelineId],
  [{ kind: 'unreadable', reason: 'no id', pipelineId: null, projects: [] }, null],
])('the pipeline that $0.kind news is about', (news, expected) => {
  expect(pipelineIdOf(news)).toBe(expected);
});

describe('the upstream pipeline is canceled', () => {
  const upstream = { project: 'group/parent', pipelineId, jobId: jobId('trigger') };

  test.each<[string, News, boolean]>([
    ['when it is', pipelineNews('canceled'), true],
    ['when the job that waits is', jobNews('trigger', 'canceled'), true],
    ['not when it fails', pipelineNews('failed'), false],
    ['not while it is canceling', pipelineNews('canceling'), false],
    ['not when another of its jobs is canceled', jobNews('unit', 'canceled'), false],
    ['not when the job that waits fails', jobNews('trigger', 'failed'), false],
    ['not by news of no pipeline', ignored, false],
  ])('%s', (_what, news, expected) => {
    expect(cancelsUpstream(news, upstream)).toBe(expected);
  });

  test('not when another pipeline is', () => {
    expect(cancelsUpstream(pipelineNews('canceled'), { ...upstream, pipelineId: 7 as PipelineId })).toBe(
      false,
    );
  });

  test('not by any job of it when the job that waits is not known', () => {
    expect(cancelsUpstream(jobNews('trigger', 'canceled'), { ...upstream, jobId: null })).toBe(false);
  });
});
