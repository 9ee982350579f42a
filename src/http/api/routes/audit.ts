import { z } from 'zod';
import { pageOf, pageQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { timeSchema } from '../../../api/trigger-view.ts';

const auditSchema = z
  .object({
    sequence: z.int(),
    at: timeSchema,
    actor: z.string().meta({ description: 'The name of a key, `admin`, or who else it was.' }),
    from: z.string().meta({ description: 'The address that it came from.' }),
    requestId: z
      .string()
      .nullable()
      .meta({ description: 'The `X-Request-Id` of the request; null for the operator at the database.' }),
    action: z.string().meta({ examples: ['trigger.start'] }),
    subject: z
      .string()
      .nullable()
      .meta({ description: 'What was changed: the id of a trigger, a delivery, a key.' }),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry', description: 'Who changed what, and when.' });

export type AuditView = z.infer<typeof auditSchema>;

export const listAuditRoute = {
  method: 'GET',
  path: '/v1/audit',
  name: 'listAudit',
  tag: 'Audit',
  summary: 'List who changed what',
  access: 'admin',
  query: z.object({
    subject: z.string().optional().meta({ description: 'Only what was done to this.' }),
    actor: z.string().optional().meta({ description: 'Only what this one did.' }),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'One page, the newest first.',
      content: { 'application/json': pageOf(auditSchema).meta({ id: 'AuditPage' }) },
    },
  },
  problems: ['invalid'],
} as const satisfies Route;
