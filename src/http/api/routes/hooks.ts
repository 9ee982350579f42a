import { z } from 'zod';
import type { Route } from '../route.ts';

const receiptSchema = z
  .object({
    delivery: z.string().meta({ description: 'The id under which it is kept.' }),
    result: z.enum(['accepted', 'duplicate', 'ignored']),
  })
  .meta({ id: 'HookReceipt' });

export type HookReceipt = z.infer<typeof receiptSchema>;

export const receiveHookRoute = {
  method: 'POST',
  path: '/webhooks/gitlab',
  name: 'receiveHook',
  tag: 'Webhooks',
  summary: 'Take in a hook of GitLab',
  description:
    'Answers 202 once the delivery is on disk, also where it is of no use or of a pipeline that nobody waits for. At most 5 MiB.',
  access: 'hook',
  headers: z.object({
    'X-Gitlab-Event': z
      .string()
      .optional()
      .meta({ description: '`Pipeline Hook` and `Job Hook` are of use.' }),
    'X-Gitlab-Instance': z.string().optional().meta({ description: 'Base URL of the GitLab that sent it.' }),
    'webhook-id': z.string().optional().meta({ description: 'The same on every repetition of a delivery.' }),
    'webhook-timestamp': z.string().optional().meta({ description: 'Seconds since the epoch; signed.' }),
    'Idempotency-Key': z.string().optional().meta({ description: 'As `webhook-id`, of an older GitLab.' }),
  }),
  body: {
    schema: z.unknown().meta({ description: 'What GitLab sends.' }),
    required: true,
    examples: {
      pipeline: {
        object_kind: 'pipeline',
        object_attributes: { id: 456, ref: 'main', status: 'success', source: 'trigger' },
        project: { id: 1, path_with_namespace: 'group/app' },
        builds: [],
      },
    },
  },
  answers: { 202: { description: 'It is on disk.', content: { 'application/json': receiptSchema } } },
  problems: ['invalid', 'too_large', 'unsupported_media_type'],
} as const satisfies Route;
