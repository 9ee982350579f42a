import { z } from 'zod';
import { plainLine } from '../domain/terminal-text.ts';
import { approvalIn, approvalsOf } from '../domain/trigger/held-jobs.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { withoutTrailingSlashes } from '../domain/text.ts';
import { isoOf } from './time.ts';

/** Where the page of a trigger is. */
export type PageUrlOf = (triggerId: string) => string;

/** @param publicUrl how browsers reach the service; null: unknown, so that links are paths */
export function createPageUrl(publicUrl: string | null): PageUrlOf {
  const base = publicUrl === null ? '' : withoutTrailingSlashes(publicUrl);
  return function pageUrlOf(triggerId) {
    return `${base}/triggers/${triggerId}`;
  };
}

const time = z.string().meta({ format: 'date-time' });

/** A job that waits to be approved. Source: CONTRACT, section 6 */
export const approvalSchema = z
  .object({
    job: z.string(),
    stage: z.string(),
    environment: z
      .string()
      .nullable()
      .meta({ description: 'What it deploys to, as webhooks have shown it.' }),
    since: time.meta({ description: 'When it was first seen waiting.' }),
    expiresAt: time.meta({ description: 'Until when it can be approved.' }),
    url: z.string().meta({ description: 'The page on which to approve or reject it.' }),
  })
  .meta({ id: 'Approval', description: 'A job that waits to be approved.' });

type ApprovalView = z.infer<typeof approvalSchema>;

type Shown = Omit<ReturnType<typeof approvalIn>, 'id'>;

/** One approval, as callers see it. */
export const approvalView = (
  { job, stage, environment, since, expiresAt }: Shown,
  url: string,
): ApprovalView => ({
  ...{ job, stage, environment },
  since: isoOf(since),
  expiresAt: isoOf(expiresAt),
  url,
});

/** The approvals that a trigger waits for. */
export const approvalsView = (trigger: Trigger, pageUrlOf: PageUrlOf): ApprovalView[] =>
  approvalsOf(trigger).map((heldJob) => approvalView(approvalIn(trigger, heldJob), pageUrlOf(trigger.id)));

const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((value) => value.isWellFormed() && plainLine(value).trim() !== '', 'expected text');

/** The body of `…/approve` and `…/reject`. */
export const approvalRequestSchema = z
  .strictObject({
    job: text(255).nullish().meta({ description: 'Its name; may be left out where one job waits.' }),
    comment: text(1_000).nullish().meta({ description: 'For those who ask later.' }),
  })
  .meta({ id: 'ApprovalRequest' });
