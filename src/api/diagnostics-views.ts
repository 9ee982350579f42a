import { z } from 'zod';
import { outcomes } from '../domain/trigger/trigger.ts';
import { timeSchema, triggerSchema } from './trigger-view.ts';

/** A trigger as operators want to see it. */
export const overviewItemSchema = z
  .object({
    trigger: triggerSchema,
    caller: z.string().meta({ description: 'Whose it is.' }),
    observedAt: timeSchema.meta({ description: 'When GitLab last told of it.' }),
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
      .meta({ description: 'Those under way.' }),
    hookProblem: z.string().nullable().meta({
      description: 'Why no hook brings news of its project; null where nothing is known to be wrong.',
    }),
    waiting: z
      .array(
        z.object({
          caller: z.string(),
          from: z.string().nullable().meta({ description: 'An address, for admins.' }),
          count: z.int(),
          since: timeSchema,
        }),
      )
      .meta({ description: 'Who waits for it just now.' }),
  })
  .meta({ id: 'OverviewItem' });

export type OverviewItem = z.infer<typeof overviewItemSchema>;

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
    known: z.string().nullable().meta({ description: 'The status that we know of.' }),
    seen: z.string().nullable().meta({ description: 'What GitLab says.' }),
    changes: z.array(z.string()),
    outcome: z.enum(outcomes).nullable().meta({ description: 'How the trigger would end.' }),
    reason: z.string().nullable(),
    actions: z.array(z.enum(['start', 'play', 'retry', 'cancel'])).meta({
      description: 'What would be done in GitLab.',
    }),
  })
  .meta({ id: 'Difference' });

export type DifferenceView = z.infer<typeof differenceSchema>;
