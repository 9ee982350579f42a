import { z } from 'zod';
import type { Route } from '../route.ts';

const statusOf = (status: string) => z.object({ status: z.literal(status) });

export const healthRoute = {
  method: 'GET',
  path: '/healthz',
  name: 'isAlive',
  tag: 'Service',
  summary: 'Whether it lives',
  access: 'anyone',
  answers: { 200: { description: 'It does.', content: { 'application/json': statusOf('ok') } } },
} as const satisfies Route;

export const readyRoute = {
  method: 'GET',
  path: '/readyz',
  name: 'isReady',
  tag: 'Service',
  summary: 'Whether it can do its work',
  description: 'The database can be written, and the service is not stopping.',
  access: 'anyone',
  answers: {
    200: {
      description: 'It can.',
      content: {
        'application/json': statusOf('ready').extend({
          warnings: z.array(z.string()).optional().meta({
            description: 'What keeps GitLab from working with the service until a setting is changed.',
          }),
        }),
      },
    },
  },
  problems: ['storage_unavailable', 'internal'],
} as const satisfies Route;

export const openApiRoute = {
  method: 'GET',
  path: '/openapi.json',
  name: 'describeApi',
  tag: 'Service',
  summary: 'This description',
  access: 'anyone',
  answers: {
    200: {
      description: 'OpenAPI 3.1.',
      content: { 'application/json': z.looseObject({ openapi: z.string() }) },
    },
  },
} as const satisfies Route;

const problemKindSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    advice: z.string().meta({ description: 'What it means, and what to do about it.' }),
  })
  .meta({ id: 'ProblemKind' });

export const metricsRoute = {
  method: 'GET',
  path: '/metrics',
  name: 'showMetrics',
  tag: 'Service',
  summary: 'Metrics for Prometheus',
  description: 'For keys of any role. docs/observability.md describes each metric.',
  access: 'caller',
  answers: { 200: { description: 'Prometheus’ text format.', content: { 'text/plain': z.string() } } },
} as const satisfies Route;

export type ProblemKindView = z.infer<typeof problemKindSchema>;

export const explainProblemRoute = {
  method: 'GET',
  path: '/problems/{code}',
  name: 'explainProblem',
  tag: 'Service',
  summary: 'What a kind of problem means',
  description: 'Every problem document names one of these pages as its `type`.',
  access: 'anyone',
  params: { code: 'The last part of a problem’s `type`.' },
  answers: {
    200: { description: 'The kind of problem.', content: { 'application/json': problemKindSchema } },
  },
  problems: ['not_found'],
} as const satisfies Route;
