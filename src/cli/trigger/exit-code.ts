import type { Outcome } from '../../domain/trigger/trigger.ts';

/** The exit codes of `trigger`, those of the Python command among them: docs/coming-from-the-python-trigger.md. */
export const outcomeExitCodes = {
  success: 0,
  failed: 1,
  usage: 2,
  unknown: 2,
  canceled: 3,
  skipped: 4,
  manual: 5,
  deadline: 6,
} as const;

const plain = {
  success: outcomeExitCodes.success,
  manual_passed: outcomeExitCodes.success,
  failed: outcomeExitCodes.failed,
  canceled: outcomeExitCodes.failed,
  skipped: outcomeExitCodes.failed,
  manual: outcomeExitCodes.failed,
  deadline: outcomeExitCodes.failed,
  error: outcomeExitCodes.failed,
} as const satisfies Record<Outcome, number>;

const detailed: Readonly<Record<Outcome, number>> = {
  ...plain,
  canceled: outcomeExitCodes.canceled,
  skipped: outcomeExitCodes.skipped,
  manual: outcomeExitCodes.manual,
  deadline: outcomeExitCodes.deadline,
};

/** The exit code for an outcome. @param isDetailed whether `--detailed-exitcode` is given */
export const exitCodeOf = (outcome: Outcome, isDetailed: boolean): number =>
  isDetailed ? detailed[outcome] : plain[outcome];
