import { describe, expect, test } from 'vitest';
import type { Payload } from '../../src/domain/delivery.ts';
import { cancelsUpstream, isInstanceAt, pipelineIdOf } from '../../src/domain/delivery.ts';
import type { PipelineId } from '../../src/domain/ids.ts';
import { aJob, aSnapshot, jobId, pipelineId } from '../fakes/triggers.ts';

const pipelinePayload = (status: string): Payload => ({
  kind: 'pipeline',
  pipeline: aSnapshot(status),
  projectPath: 'group/parent',
  ref: 'main',
  source: 'push',
  triggerId: null,
  happenedAt: null,
});

const jobPayload = (name: string, status: string): Payload => ({
  kind: 'job',
  pipelineId,
  projectId: 1,
  projectPath: 'group/parent',
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

  test.each<[string, Payload]>([
    ['of another path', { ...pipelinePayload('canceled'), projectPath: 'group/other' } as Payload],
    [
      'of a path that only begins alike',
      { ...pipelinePayload('canceled'), projectPath: 'group/parents' } as Payload,
    ],
  ])('not when a project %s says so', (_what, payload) => {
    expect(cancelsUpstream(payload, upstream)).toBe(false);
  });

  test('by the id of its project, where that is its name', () => {
    const named = { ...upstream, project: '1' };
    expect(cancelsUpstream(pipelinePayload('canceled'), named)).toBe(true);
    expect(cancelsUpstream(pipelinePayload('canceled'), { ...upstream, project: '2' })).toBe(false);
  });

  test('perhaps, where an old GitLab does not name the path: it is confirmed anyway', () => {
    const payload = { ...jobPayload('trigger', 'canceled'), projectPath: null } as Payload;
    expect(cancelsUpstream(payload, upstream)).toBe(true);
  });

  test('not by any job of it when the job that waits is not known', () => {
    expect(cancelsUpstream(jobPayload('trigger', 'canceled'), { ...upstream, jobId: null })).toBe(false);
  });
});

test.each([
  ['https://host', 'https://host', true],
  ['https://host/gitlab', 'https://host', true],
  ['https://host/gitlab', 'https://host/gitlab', true],
  ['https://host:8443/gitlab', 'https://host', false],
  ['https://host/gitlab', 'http://host', false],
  ['https://host/gitlab', 'https://host/other', false],
  ['https://host', 'https://host/gitlab', false],
  ['https://host', 'https://host.evil', false],
  ['https://host', 'not a URL', false],
])('the GitLab at %s names itself %s: %s', (gitlabUrl, instance, expected) => {
  expect(isInstanceAt(gitlabUrl, instance)).toBe(expected);
});
