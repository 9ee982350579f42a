import { z } from 'zod';
import { choice, idPrefix, pageOf, pageQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { triggerRequestSchema } from '../../../api/trigger-request.ts';
import { listedTriggerSchema } from '../../../api/diagnostics-views.ts';
import { triggerSchema } from '../../../api/trigger-view.ts';
import { verdictAnswers, verdictProblems, waitHint, waitQuery } from './verdict.ts';

/** The id of a trigger in a path. */
export const triggerParams = { id: 'The trigger’s id.' } as const;

export const createTriggerRoute = {
  method: 'POST',
  path: '/v1/triggers',
  name: 'createTrigger',
  tag: 'Triggers',
  summary: 'Trigger a pipeline',
  description: `Answers 202 as soon as the request is on disk; the pipeline is created right after. ${waitHint}`,
  access: 'caller',
  query: z.object({ wait: waitQuery.wait.optional(), mode: waitQuery.mode.optional() }),
  headers: z.object({
    'Idempotency-Key': z.string().max(255, 'at most 255 characters').optional().meta({
      description:
        'The same key and body give the first trigger again, with `Idempotent-Replayed: true`; the same key with another body is 422. A key with an empty part (`:`, `1:`) is 400.',
    }),
  }),
  body: {
    schema: triggerRequestSchema,
    required: true,
    examples: {
      least: { project: 'group/app', ref: 'main' },
      more: {
        project: 'group/app',
        ref: 'main',
        variables: { VERSION: '1.2.3' },
        onManual: 'play',
        jobs: ['deploy'],
        deadlineSeconds: 3600,
        cancelOnDeadline: true,
      },
    },
  },
  answers: {
    202: {
      description: 'The trigger is on disk.',
      content: { 'application/json': triggerSchema },
      headers: {
        Location: 'Where the trigger is, relative to the request: `triggers/{id}`.',
        'Idempotent-Replayed': '`true` when the same key and body came before; only then.',
      },
    },
    ...verdictAnswers,
  },
  problems: [
    'invalid',
    'forbidden',
    'too_large',
    'not_retriable',
    'too_many_items',
    'unsupported_media_type',
    'key_reused',
    ...verdictProblems,
  ],
} as const satisfies Route;

export const listTriggersRoute = {
  method: 'GET',
  path: '/v1/triggers',
  name: 'listTriggers',
  tag: 'Triggers',
  summary: 'List triggers',
  description: 'The triggers that the caller may see, newest first.',
  access: 'caller',
  query: z.object({
    view: choice('overview').optional().meta({
      description:
        '`overview` adds `caller`, `lastUpdateAt`, `jobs`, `hookProblem` and `waiting` to each trigger.',
    }),
    state: choice('pending', 'finished', 'all').default('pending'),
    project: z.string().optional().meta({ description: 'As it was asked for.' }),
    ref: z.string().optional(),
    id: idPrefix('trg'),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'One page.',
      content: { 'application/json': pageOf(listedTriggerSchema).meta({ id: 'TriggerPage' }) },
    },
  },
  problems: ['invalid'],
} as const satisfies Route;

export const followTriggersRoute = {
  method: 'GET',
  path: '/v1/events',
  name: 'followTriggers',
  tag: 'Triggers',
  summary: 'Follow all triggers',
  description:
    'Server-Sent Events for lists that stay current: `trigger`, with the trigger as it is now as JSON, whenever one of those that the caller may see has changed. Changes that come together are one event. The stream begins with what changes from now on; with `Last-Event-ID` with what has changed since, each trigger once, also by another process or before a restart; with `Last-Event-ID: 0` with every trigger that is kept. To miss nothing, open the stream, then read the list. `id` grows; an event without one is of a change that is not in the timeline, such as a new `reason`. A comment every 15 seconds, with the `id` to go on from. The stream does not end by itself, and triggers that were pruned are not in it.',
  access: 'caller',
  headers: z.object({
    'Last-Event-ID': z.string().optional().meta({ description: 'Go on after this event.' }),
  }),
  answers: { 200: { description: 'The stream.', content: { 'text/event-stream': z.string() } } },
} as const satisfies Route;

export const showTriggerRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}',
  name: 'showTrigger',
  tag: 'Triggers',
  summary: 'Show a trigger',
  description: 'Answers 200 for every outcome.',
  access: 'caller',
  params: triggerParams,
  headers: z.object({
    'If-None-Match': z.string().optional().meta({ description: 'Entity tags that the caller knows.' }),
    Prefer: z.string().optional().meta({
      description:
        '`wait=N`: hold the answer for up to N seconds, 55 at most, until there is something new (RFC 7240).',
    }),
  }),
  answers: {
    200: {
      description: 'The trigger.',
      content: { 'application/json': triggerSchema },
      headers: { ETag: 'Changes with the trigger.' },
    },
    304: { description: 'It is as the caller knows it.' },
  },
  problems: ['not_found', 'pruned'],
} as const satisfies Route;
