import { z } from 'zod';
import { callbackStates } from '../../../domain/callback.ts';
import { callbackSchema } from '../../../api/callback-view.ts';
import { choice, pageOf, pageQuery } from '../query.ts';
import type { Route } from '../route.ts';

const params = { id: 'The callback’s id.' } as const;

export const listCallbacksRoute = {
  method: 'GET',
  path: '/v1/callbacks',
  name: 'listCallbacks',
  tag: 'Callbacks',
  summary: 'List the callbacks of triggers',
  access: 'admin',
  query: z.object({
    state: choice(...callbackStates, 'all')
      .default('all')
      .meta({ description: 'Only those in this state.' }),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'One page, the newest first.',
      content: { 'application/json': pageOf(callbackSchema).meta({ id: 'CallbackPage' }) },
    },
  },
  problems: ['invalid'],
} as const satisfies Route;

export const showCallbackRoute = {
  method: 'GET',
  path: '/v1/callbacks/{id}',
  name: 'showCallback',
  tag: 'Callbacks',
  summary: 'Show a callback',
  access: 'admin',
  params,
  answers: { 200: { description: 'The callback.', content: { 'application/json': callbackSchema } } },
  problems: ['not_found'],
} as const satisfies Route;

export const retryCallbackRoute = {
  method: 'POST',
  path: '/v1/callbacks/{id}/retry',
  name: 'retryCallback',
  tag: 'Callbacks',
  summary: 'Send a callback now',
  description: 'And for another hour. One that waits for its trigger, or that was delivered, is not sent.',
  access: 'admin',
  params,
  answers: { 202: { description: 'The callback.', content: { 'application/json': callbackSchema } } },
  problems: ['invalid', 'not_found'],
} as const satisfies Route;
