import { expect, test } from 'vitest';
import { callerIdOf, isFrom, mayBeFork, upstreamOf } from '../../../src/domain/access/claims.ts';
import type { PipelineId, JobId } from '../../../src/domain/ids.ts';
import { someClaims } from '../../fakes/claims.ts';

const fork = someClaims({
  projectId: 77,
  projectPath: 'mallory/app',
  pipelineSource: 'merge_request_event',
  refProtected: false,
});
const mergeRequest = someClaims({ pipelineSource: 'merge_request_event', refProtected: false });
/** GitLab before 18.4 does not say where a job runs. */
const silent = { jobProject: null };

test.each([
  ['a push', someClaims(), false],
  ['a push, to an old GitLab', someClaims(silent), false],
  ['a merge request of the project', mergeRequest, false],
  ['a merge request of a fork', fork, true],
  ['a child pipeline', someClaims({ pipelineSource: 'parent_pipeline' }), false],
  ['a child pipeline of who knows what', someClaims({ ...silent, pipelineSource: 'parent_pipeline' }), true],
  ['a child pipeline of a fork', { ...fork, pipelineSource: 'parent_pipeline' }, true],
  ['a merge request of who knows what', { ...mergeRequest, ...silent }, true],
])('%s may be of a fork: %s', (_what, claims, expected) => {
  expect(mayBeFork(claims)).toBe(expected);
});

test.each([
  [someClaims(), 'project:42:protected'],
  [someClaims({ refProtected: false }), 'project:42:unprotected'],
  [mergeRequest, 'project:42:unprotected'],
  [fork, 'project:77:unprotected:fork'],
  // Of an old GitLab, which took a fork's main branch for a protected one.
  [someClaims({ ...silent, pipelineSource: 'merge_request_event' }), 'project:42:protected:fork'],
])('is the caller %#', (claims, id) => {
  expect(callerIdOf(claims)).toBe(id);
});

const upstream = { project: 'group/app', pipelineId: 101 as PipelineId, jobId: 5001 as JobId };

test('a pipeline runs on behalf of the job, in the project that the job runs in', () => {
  expect(upstreamOf(someClaims())).toEqual(upstream);
  expect(upstreamOf(fork)).toEqual(upstream);
  expect(upstreamOf(someClaims(silent))).toEqual(upstream);
});

test.each([
  ['nothing', null, true],
  ['the job', upstream, true],
  ['the project by its id', { ...upstream, project: '42' }, true],
  ['a name that the project had before', { ...upstream, project: 'group/old' }, true],
  ['the pipeline alone', { ...upstream, jobId: null }, true],
  ['another job', { ...upstream, jobId: 5002 as JobId }, false],
  ['another pipeline', { ...upstream, pipelineId: 102 as PipelineId }, false],
])('a request that names %s is from the job: %s', (_what, named, expected) => {
  expect(isFrom(someClaims(), { upstream: named })).toBe(expected);
});
