import type { KnownStatus } from '../../domain/trigger/status.ts';
import { isKnownStatus } from '../../domain/trigger/status.ts';
import type { Outcome } from '../../domain/trigger/trigger.ts';
import type { IconName } from './icons.ts';
import type { Tone } from './parts.ts';

/** How a state looks: another sign for each, so that nobody needs its colour. */
export type Look = readonly [tone: Tone, icon: IconName];

const looksOfStatus = {
  created: ['idle', 'created'],
  waiting_for_resource: ['soon', 'pending'],
  preparing: ['soon', 'pending'],
  waiting_for_callback: ['soon', 'pending'],
  pending: ['soon', 'pending'],
  running: ['busy', 'running'],
  canceling: ['busy', 'running'],
  manual: ['held', 'manual'],
  scheduled: ['soon', 'scheduled'],
  success: ['good', 'success'],
  failed: ['bad', 'failed'],
  canceled: ['idle', 'canceled'],
  skipped: ['idle', 'skipped'],
} as const satisfies Record<KnownStatus, Look>;

/** Statuses that are ours: of a stage or a job that failed and may, of a gate. */
const looksOfOurs: Readonly<Partial<Record<string, Look>>> = {
  warning: ['held', 'warning'],
  approval: ['held', 'approval'],
};

/** How a trigger's outcome looks. */
export const lookOfOutcome = {
  success: ['good', 'success'],
  manual_passed: ['good', 'success'],
  failed: ['bad', 'failed'],
  error: ['bad', 'warning'],
  deadline: ['bad', 'deadline'],
  manual: ['held', 'manual'],
  canceled: ['idle', 'canceled'],
  skipped: ['idle', 'skipped'],
} as const satisfies Record<Outcome, Look>;

/** How the status of a pipeline, a job or a stage looks; one that a later GitLab sends looks as if it ran. */
export const lookOfStatus = (status: string): Look =>
  isKnownStatus(status) ? looksOfStatus[status] : (looksOfOurs[status] ?? ['busy', 'running']);

/** GitLab's status as readable words. */
export const spaced = (word: string): string => word.replaceAll('_', ' ');
