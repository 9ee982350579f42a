import { expect, test } from 'vitest';
import { verdictText } from '../../../src/http/api/verdict-text.ts';
import type { Finished } from '../../../src/http/api/verdict.ts';
import type { FailedJob } from '../../../src/domain/trigger/job.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const words = { title: 'The pipeline failed', note: null };

const job = (more: Partial<FailedJob>): FailedJob => ({
  id: 1 as FailedJob['id'],
  name: 'unit',
  stage: 'test',
  webUrl: 'https://gitlab.test/-/jobs/1',
  failureReason: 'script_failure',
  traceTail: null,
  ...more,
});

const failedWith = (failedJobs: readonly FailedJob[], reason: string | null = null): Finished => ({
  ...aTrigger(),
  state: { kind: 'finished', pipeline: null, outcome: 'failed', reason, failedJobs, finishedAt: 0 },
});

test('a job that is listed twice is shown once; two of one name are two', () => {
  const twice = [job({}), job({}), job({ id: 2 as FailedJob['id'], webUrl: null, failureReason: null })];
  expect(verdictText(failedWith(twice), words)).toBe(
    'failed\nThe pipeline failed\n\n' +
      'unit (test)  script_failure  https://gitlab.test/-/jobs/1\n\nunit (test)  failed\n',
  );
});

test('no control sequence of a name or a log reaches the screen', () => {
  const text = verdictText(
    failedWith(
      [
        job({
          name: 'job \u001b]0;pwn\u0007 \u001b[2J\nresult: success',
          traceTail: '\u001b[31mred\u001b[0m\r\n\u001b]52;c;AAAA\u0007x\u0008y\u009b2J\rover\u202etxt\u001b',
        }),
      ],
      'reason\nresult: success',
    ),
    words,
  );
  expect(text).toBe(
    'failed\nreason result: success\n\n' +
      'job result: success (test)  script_failure  https://gitlab.test/-/jobs/1\n  red\n  xy2J\n  overtxt\n',
  );
});
