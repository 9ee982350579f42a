import { expect, test } from 'vitest';
import { describe as describeLine, describeCause } from '../../../src/domain/trigger/describe-history.ts';
import type { PipelineId } from '../../../src/domain/ids.ts';
import type { FailedJob } from '../../../src/domain/trigger/job.ts';

type Line = Parameters<typeof describeLine>[0];

const job = { id: 1, name: 'unit', stage: 'test' };
const failedJobs = [job, { ...job, name: 'lint' }] as unknown as readonly FailedJob[];
const candidate = { id: 7 as PipelineId, status: 'failed', sha: 'a', tip: 'a' };

test.each<[Line, string, string]>([
  [{ type: 'state', state: 'pending' }, 'state', 'pending'],
  [{ type: 'state', state: 'pending', candidate }, 'state', 'found pipeline 7, failed, to run again'],
  [{ type: 'status', pipelineId: 7, status: 'running', webUrl: null }, 'status', 'pipeline 7 is running'],
  [{ type: 'job', ...job, status: 'failed' }, 'job', 'job unit is failed'],
  [{ type: 'played', ...job }, 'play', 'played unit'],
  [{ type: 'outcome', outcome: 'success', reason: null, failedJobs: [] }, 'decision', 'success'],
  [
    { type: 'outcome', outcome: 'failed', reason: null, failedJobs },
    'decision',
    'failed: failed jobs: unit, lint',
  ],
  [{ type: 'outcome', outcome: 'error', reason: 'gone', failedJobs }, 'decision', 'error: gone'],
  [{ type: 'start', lastError: null }, 'start', 'asks GitLab for the pipeline'],
  [{ type: 'start', lastError: 'no' }, 'start', 'no pipeline yet: no'],
  [
    { type: 'read', why: 'hook', status: 'running', refusal: null },
    'read',
    'polled GitLab: a webhook referred to this pipeline: running',
  ],
  [
    { type: 'read', why: 'action', status: null, refusal: '403' },
    'read',
    'polled GitLab after an action: 403',
  ],
  [
    { type: 'read', why: 'sweep', status: null, refusal: null },
    'read',
    'polled GitLab: no update for a while: nothing',
  ],
  [{ type: 'play', ...job, progress: 'intended', refusal: null }, 'play', 'is to play unit'],
  [{ type: 'play', ...job, progress: 'refused', refusal: '403' }, 'play', 'did not play unit: 403'],
  [{ type: 'play', ...job, progress: 'refused', refusal: null }, 'play', 'did not play unit'],
  [{ type: 'retry', progress: 'wanted', reason: null }, 'retry', 'is to run again what failed'],
  [{ type: 'retry', progress: 'done', reason: null }, 'retry', 'asked GitLab to run it again'],
  [{ type: 'retry', progress: 'done', reason: '403' }, 'retry', 'asked GitLab to run it again: 403'],
  [{ type: 'cancel', progress: 'wanted', reason: 'by hand' }, 'cancel', 'is to cancel the pipeline: by hand'],
  [{ type: 'cancel', progress: 'done', reason: null }, 'cancel', 'is done with canceling'],
  [{ type: 'answer', to: 'ci', status: 200 }, 'answer', 'answered ci with 200'],
  [{ type: 'answer', to: 'ci', status: null }, 'answer', 'ci hung up'],
])('%j', (line, kind, text) => {
  expect(describeLine(line)).toEqual({ kind, text });
});

test('the cause of a change is a text, where it adds anything', () => {
  expect(describeCause({ event: 'deadlinePassed' } as never)).toBe('the deadline passed');
  expect(describeCause({ event: 'startTried' } as never)).toBeNull();
});
