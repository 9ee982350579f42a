import { pageOf } from '../query.ts';
import type { Route } from '../route.ts';
import { differenceSchema, historySchema, overviewItemSchema } from '../../../api/diagnostics-views.ts';
import { triggerParams } from './params.ts';
import { listTriggersRoute } from './triggers.ts';

export const overviewRoute = {
  method: 'GET',
  path: '/v1/overview',
  name: 'overview',
  tag: 'Diagnostics',
  summary: 'List triggers as operators want to see them',
  description:
    'The pages of `GET /v1/triggers`, with what each waits for, who waits for it, and how old the news is.',
  access: 'caller',
  query: listTriggersRoute.query,
  answers: {
    200: {
      description: 'One page.',
      content: { 'application/json': pageOf(overviewItemSchema).meta({ id: 'OverviewPage' }) },
    },
  },
  problems: ['invalid'],
} as const satisfies Route;

export const historyRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/history',
  name: 'showHistory',
  tag: 'Diagnostics',
  summary: 'What happened to a trigger, and why',
  access: 'caller',
  params: triggerParams,
  answers: { 200: { description: 'The oldest first.', content: { 'application/json': historySchema } } },
  problems: ['not_found', 'pruned'],
} as const satisfies Route;

export const differenceRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/difference',
  name: 'showDifference',
  tag: 'Diagnostics',
  summary: 'What a reconciliation would change',
  description: 'Asks GitLab, and changes nothing.',
  access: 'caller',
  params: triggerParams,
  answers: {
    200: { description: 'How GitLab differs.', content: { 'application/json': differenceSchema } },
  },
  problems: ['forbidden', 'not_found', 'pruned', 'gitlab_unavailable'],
} as const satisfies Route;
