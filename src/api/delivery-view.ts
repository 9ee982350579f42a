import { z } from 'zod';
import type { StoredDelivery } from '../app/ports/index.ts';
import { pipelineIdOf } from '../domain/delivery.ts';
import { timeSchema } from './trigger-view.ts';

/** A delivery as admins see it in a list. */
export const deliverySchema = z
  .object({
    id: z
      .string()
      .meta({ description: '`webhook-id` or `Idempotency-Key` of the hook, else a digest of its body.' }),
    receivedAt: timeSchema,
    happenedAt: timeSchema
      .nullable()
      .meta({ description: 'By GitLab’s clock, as far as the webhook shows it.' }),
    event: z.string().meta({ description: '`X-Gitlab-Event`, as it came.' }),
    instance: z.string().nullable().meta({ description: '`X-Gitlab-Instance`, as it came.' }),
    userAgent: z.string().nullable(),
    kind: z.enum(['pipeline', 'job', 'ignored', 'unreadable']),
    reason: z.string().nullable().meta({ description: 'Why it was ignored, or could not be read.' }),
    pipelineId: z.int().nullable(),
    status: z.string().nullable().meta({ description: 'Of the pipeline, or of the job.' }),
    result: z.enum(['accepted', 'ignored']),
  })
  .meta({ id: 'Delivery', description: 'One hook that GitLab sent.' });

/** The same with what GitLab sent. */
export const wholeDeliverySchema = deliverySchema
  .extend({
    body: z
      .unknown()
      .meta({ description: 'What GitLab sent, values of variables redacted; null when it was of no use.' }),
  })
  .meta({ id: 'WholeDelivery' });

export type DeliveryView = z.infer<typeof deliverySchema>;

export function deliveryView({ delivery, result }: StoredDelivery): DeliveryView {
  const { id, receivedAt, event, instance, userAgent, payload } = delivery;
  const happenedAt = 'happenedAt' in payload ? payload.happenedAt : null;
  return {
    id,
    receivedAt: new Date(receivedAt).toISOString(),
    happenedAt: happenedAt === null ? null : new Date(happenedAt).toISOString(),
    event,
    instance,
    userAgent,
    kind: payload.kind,
    reason: 'reason' in payload ? payload.reason : null,
    pipelineId: pipelineIdOf(payload),
    status:
      payload.kind === 'pipeline'
        ? payload.pipeline.status
        : payload.kind === 'job'
          ? payload.job.status
          : null,
    result,
  };
}
