import { describe, expect, test } from 'vitest';
import type { Job } from '../../../src/domain/trigger/job.ts';
import { stageDots, stagesOf, statusOfStage } from '../../../src/http/dashboard/stages.ts';
import { aJob, optional } from '../../fakes/triggers.ts';

const statusOf = (jobs: readonly Job[]): string => statusOfStage({ name: 'test', jobs });

describe('a stage', () => {
  test.each<[readonly Job[], string]>([
    [[aJob('a', 'success'), aJob('b', 'failed'), aJob('c', 'running')], 'failed'],
    [[aJob('a', 'manual'), aJob('b', 'running')], 'manual'],
    [[aJob('a', 'pending'), aJob('b', 'running')], 'running'],
    [[aJob('a', 'success'), aJob('b', 'pending')], 'pending'],
    [[aJob('a', 'success'), aJob('b', 'created')], 'created'],
    [[optional('a', 'failed'), aJob('b', 'success')], 'warning'],
    [[optional('a', 'manual'), aJob('b', 'success')], 'success'],
    [[optional('a', 'manual')], 'manual'],
    [[aJob('a', 'skipped')], 'skipped'],
  ])('is what matters most of its jobs: %#', (jobs, status) => {
    expect(statusOf(jobs)).toBe(status);
  });
});

describe('the dots of a pipeline', () => {
  const inStages = (count: number): readonly Job[] =>
    Array.from({ length: count }, (_, at) => aJob(`job ${at}`, 'success', { stage: `stage ${at}` }));

  test('are its stages in order, with their words for who does not see them', () => {
    const jobs = [aJob('a', 'success', { stage: 'build' }), aJob('b', 'running'), aJob('c', 'success')];
    expect(stagesOf(jobs).map(({ name }) => name)).toEqual(['build', 'test']);
    expect(stageDots(jobs).toString()).toContain('aria-label="Stages: build success, test running 1 of 2"');
  });

  test.each([
    [1, 1, null],
    [5, 5, null],
    [6, 4, '+2'],
  ])('of %i stages are %i, and the number of the others', (count, dots, more) => {
    const text = stageDots(inStages(count)).toString();
    expect(text.match(/<circle/g)).toHaveLength(dots);
    expect(/\+\d+/.exec(text)?.[0] ?? null).toBe(more);
  });

  test('escape what GitLab names', () => {
    expect(stageDots([aJob('a', 'success', { stage: '"><script>' })]).toString()).not.toContain('<script>');
  });
});
