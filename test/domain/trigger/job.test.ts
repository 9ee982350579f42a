import type { JobId } from '../../../src/domain/ids.ts';
import { describe, expect, test } from 'vitest';
import { failedJobsOf, isOlderThan, playableOf, withJob } from '../../../src/domain/trigger/job.ts';
import { aJob, optional } from '../../fakes/triggers.ts';

describe('the jobs after payload of one', () => {
  const build = aJob('build', 'success');
  const unit = aJob('unit', 'running', { webUrl: 'https://gitlab.example.com/unit' });
  const jobs = [build, unit];

  test('show it where it now stands, and keep what the payload does not tell', () => {
    const seen = aJob('unit', 'failed', { failureReason: 'script_failure' });
    expect(withJob(jobs, seen)).toEqual([
      build,
      { ...unit, status: 'failed', failureReason: 'script_failure' },
    ]);
  });

  test('are the very same when it is no payload', () => {
    expect(withJob(jobs, aJob('unit', 'running'))).toBe(jobs);
  });

  test.each(['created', 'pending', 'manual'])('are the very same when it comes late: %s', (status) => {
    expect(withJob(jobs, aJob('unit', status))).toBe(jobs);
  });

  test('have one more when it is a new one', () => {
    const lint = aJob('lint', 'created');
    expect(withJob(jobs, lint)).toEqual([...jobs, lint]);
  });

  describe('that was run again', () => {
    const [first, second] = [
      aJob('unit', 'failed', { id: 1 as JobId }),
      aJob('unit', 'pending', { id: 2 as JobId }),
    ];

    test('show the new run instead of the old one', () => {
      expect(withJob([first], second)).toEqual([second]);
    });

    test('do not care about the old run any more', () => {
      const known = [second];
      expect(withJob(known, first)).toBe(known);
    });
  });
});

describe('a view of the jobs is older than what is known', () => {
  const known = [aJob('build', 'success'), aJob('deploy', 'manual')];

  test.each([
    ['that shows a job further back', [aJob('build', 'running'), aJob('deploy', 'manual')], true],
    [
      'that shows one further back and another further on',
      [aJob('build', 'running'), aJob('deploy', 'success')],
      true,
    ],
    ['that shows the same', known, false],
    ['that shows one further on', [aJob('build', 'success'), aJob('deploy', 'pending')], false],
    ['that shows another end', [aJob('build', 'failed')], false],
    ['that shows only jobs we do not know', [aJob('lint', 'created')], false],
    ['that shows a status we do not know', [aJob('build', 'meditating')], false],
    ['that shows nothing', [], false],
  ])('%s', (_what, seen, expected) => {
    expect(isOlderThan(seen, known)).toBe(expected);
  });

  test('not because a skipped job gets another chance', () => {
    expect(isOlderThan([aJob('deploy', 'created')], [aJob('deploy', 'skipped')])).toBe(false);
  });
});

describe('the jobs to play', () => {
  const jobs = [
    optional('rollback', 'manual'),
    aJob('deploy', 'manual'),
    aJob('verify', 'created'),
    aJob('approve', 'manual'),
  ];

  test.each<[string, readonly string[] | null, readonly string[]]>([
    ['all that block', null, ['deploy', 'approve']],
    ['those named, in that order', ['approve', 'rollback'], ['approve', 'rollback']],
    ['each once', ['deploy', 'deploy'], ['deploy']],
    ['only where they wait for it', ['verify', 'deploy', 'unknown'], ['deploy']],
  ])('%s', (_what, names, expected) => {
    expect(playableOf(jobs, names).map(({ name }) => name)).toEqual(expected);
  });
});

test('the failed jobs are the required ones, their logs still to be asked for', () => {
  const unit = aJob('unit', 'failed', {
    failureReason: 'script_failure',
    webUrl: 'https://gitlab.example.com/unit',
  });
  const jobs = [aJob('build', 'success'), unit, optional('lint', 'failed'), aJob('deploy', 'canceled')];
  const { id, name, stage, webUrl, failureReason } = unit;
  expect(failedJobsOf(jobs)).toEqual([{ id, name, stage, webUrl, failureReason, traceTail: null }]);
});
