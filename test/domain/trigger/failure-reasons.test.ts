import { describe, expect, test } from 'vitest';
import { isRetriable, isRetryReason } from '../../../src/domain/trigger/failure-reasons.ts';

describe('a reason that a caller names', () => {
  test.each([
    ['infrastructure', true],
    ['runner_system_failure', true],
    ['stuck_or_timeout_failure', true],
    ['job_execution_timeout', true],
    ['unknown_failure', true],
    ['script_failure', false],
    ['ci_quota_exceeded', false],
    ['no_such_reason', false],
    ['', false],
    ['constructor', false],
  ])('%s is accepted: %s', (name, isAccepted) => {
    expect(isRetryReason(name)).toBe(isAccepted);
  });
});

describe('a failed job', () => {
  test.each([
    // Its reason, those named, whether it is retried.
    ['runner_system_failure', ['infrastructure'], true],
    ['stuck_or_timeout_failure', ['infrastructure'], true],
    ['script_failure', ['infrastructure'], false],
    ['job_execution_timeout', ['infrastructure'], false],
    ['job_execution_timeout', ['job_execution_timeout'], true],
    ['server_timeout_running', ['job_execution_timeout'], true],
    ['job_execution_timeout', ['server_timeout_running'], false],
    ['no_updates_canceling', ['stuck_or_timeout_failure'], true],
    ['stuck_pending_with_matching_runners', ['stuck_or_timeout_failure'], true],
    // GitLab's alias takes it in, but no retry cures it.
    ['stuck_pending_no_matching_runners', ['stuck_or_timeout_failure'], false],
    // GitLab stores it as no reason.
    [null, ['unknown_failure'], true],
    [null, ['infrastructure'], false],
    ['unknown_failure', ['unknown_failure'], true],
    ['a_reason_of_next_year', ['a_reason_of_next_year'], false],
    ['script_failure', ['script_failure'], false],
    ['runner_system_failure', ['api_failure', 'infrastructure'], true],
  ] as const)('for %s is retried for %j: %s', (reason, names, isRetried) => {
    expect(isRetriable(reason, names)).toBe(isRetried);
  });
});
