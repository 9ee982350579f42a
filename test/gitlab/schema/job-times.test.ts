import { describe, expect, test } from 'vitest';
import { jobTimes } from '../../../src/gitlab/schema/parts.ts';

const [started, finished] = ['2026-11-30 14:02:06 UTC', '2026-11-30T14:03:48.000Z'];
const [startedAt, finishedAt] = [Date.UTC(2026, 10, 30, 14, 2, 6), Date.UTC(2026, 10, 30, 14, 3, 48)];

describe('the times of a job', () => {
  test.each([
    [started, finished, { startedAt, finishedAt }],
    [started, null, { startedAt }],
    [null, finished, {}],
    [undefined, undefined, {}],
    ['soon', 'later', {}],
    // No runner ends before it begins, and none began before there was GitLab.
    [finished, started, { startedAt: finishedAt }],
    ['0001-01-01T00:00:00Z', finished, {}],
    [started, '9999-12-31T00:00:00Z', { startedAt }],
  ])('%j to %j are %j', (from, to, times) => expect(jobTimes(from, to)).toEqual(times));
});
