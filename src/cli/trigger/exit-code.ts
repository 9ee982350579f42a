import type { Outcome } from '../../domain/trigger/trigger.ts';

/** What a process of this command exits with. Sources: ANCESTOR, section 2; CONTRACT, section 4. */
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

/** What the process exits with. Source: CONTRACT, section 4. */
export const exitCodeOf = (outcome: Outcome, isDetailed: boolean): number =>
  isDetailed ? detailed[outcome] : plain[outcome];
