import type { Outcome } from '../../domain/trigger/trigger.ts';

/** What a process of this command exits with. Sources: ANCESTOR, section 2; CONTRACT, section 4. */
export const exitCodes = {
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
  success: exitCodes.success,
  manual_passed: exitCodes.success,
  failed: exitCodes.failed,
  canceled: exitCodes.failed,
  skipped: exitCodes.failed,
  manual: exitCodes.failed,
  deadline: exitCodes.failed,
  error: exitCodes.failed,
} as const satisfies Record<Outcome, number>;

const detailed: Readonly<Record<Outcome, number>> = {
  ...plain,
  canceled: exitCodes.canceled,
  skipped: exitCodes.skipped,
  manual: exitCodes.manual,
  deadline: exitCodes.deadline,
};

/** What the process exits with. Source: CONTRACT, section 4. */
export const exitCodeOf = (outcome: Outcome, isDetailed: boolean): number =>
  isDetailed ? detailed[outcome] : plain[outcome];
