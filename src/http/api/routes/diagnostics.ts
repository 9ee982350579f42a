import type { Route } from '../route.ts';
import { differenceSchema, historySchema } from '../../../api/diagnostics-views.ts';
import { triggerParams } from './triggers.ts';

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
  description: 'Reads from GitLab and changes nothing.',
  access: 'caller',
  params: triggerParams,
  answers: {
    200: {
      description: 'The differences between GitLab and the stored trigger.',
      content: { 'application/json': differenceSchema },
    },
  },
  problems: ['forbidden', 'not_found', 'pruned', 'gitlab_unavailable'],
} as const satisfies Route;
