import { z } from 'zod';
import { outcomes } from '../domain/trigger/trigger.ts';
import { timeSchema, triggerSchema } from './trigger-view.ts';

/** What `view=overview` adds to a trigger, for operators. */
const overviewMembers = {
  caller: z.string().meta({ description: 'The caller who started it.' }),
  lastUpdateAt: timeSchema.meta({
    description: 'When the service last got the state of the pipeline from GitLab.',
  }),
  jobs: z
    .array(
      z.object({
        id: z.int(),
        name: z.string(),
        stage: z.string(),
        status: z.string(),
        webUrl: z.string().nullable(),
      }),
    )
    .meta({ description: 'The jobs that run now or block the pipeline.' }),
  hookProblem: z.string().nullable().meta({
    description: 'Why no webhook reports on its project; null where no problem is known.',
  }),
  waiting: z
    .array(
      z.object({
        caller: z.string(),
        from: z.string().nullable().meta({ description: 'An address; for admins only.' }),
        count: z.int(),
        since: timeSchema,
      }),
    )
    .meta({ description: 'The callers who wait for it now.' }),
};

/** A trigger with its details for operators. */
export const overviewItemSchema = triggerSchema.extend(overviewMembers).meta({ id: 'OverviewItem' });

export type OverviewItem = z.infer<typeof overviewItemSchema>;

/** A trigger in a list: the members of an overview are present with `view=overview` only. */
export const listedTriggerSchema = triggerSchema
  .extend(z.object(overviewMembers).partial().shape)
  .meta({ id: 'ListedTrigger' });

const historyEntrySchema = z
  .object({
    at: timeSchema,
    until: timeSchema.nullable().meta({ description: 'The last time, where it happened several times.' }),
    count: z.int(),
    kind: z.enum([
      'request',
      'user_request',
      'delivery',
      'start',
      'read',
      'state',
      'status',
      'job',
      'play',
      'retry',
      'cancel',
      'report',
      'approval',
      'decision',
      'answer',
    ]),
    text: z.string(),
    because: z.string().nullable(),
    deliveryId: z.string().nullable(),
  })
  .meta({ id: 'HistoryEntry' });

export type HistoryEntryView = z.infer<typeof historyEntrySchema>;

export const historySchema = overviewItemSchema
  .extend({ entries: z.array(historyEntrySchema) })
  .meta({ id: 'History' });

export type HistoryView = z.infer<typeof historySchema>;

export const differenceSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    ref: z.string(),
    pipelineId: z.int().nullable(),
    storedStatus: z.string().nullable().meta({ description: 'The stored status.' }),
    gitlabStatus: z.string().nullable().meta({ description: 'The status in GitLab.' }),
    changes: z.array(z.string()),
    outcome: z.enum(outcomes).nullable().meta({ description: 'The outcome that the trigger would have.' }),
    reason: z.string().nullable(),
    actions: z
      .array(
        z.enum(['start', 'play', 'retry', 'retryJobs', 'cancel', 'readOutputs', 'playGate', 'postStatus']),
      )
      .meta({
        description: 'What the service would do in GitLab.',
      }),
  })
  .meta({ id: 'Difference' });

export type DifferenceView = z.infer<typeof differenceSchema>;
