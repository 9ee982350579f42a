import { approvalsOf } from '../../domain/trigger/held-jobs.ts';
import { isBlocking } from '../../domain/trigger/job.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning } from '../../domain/trigger/trigger.ts';

/** Whether a trigger goes on only once a person does something. */
export const asksPerson = (trigger: Trigger): boolean =>
  isRunning(trigger) && (approvalsOf(trigger).length > 0 || trigger.jobs.some(isBlocking));
