import { z } from 'zod';
import { flag, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { triggerParams } from './triggers.ts';
import { usualWaitSeconds, verdictAnswers, verdictProblems, waitQuery } from './verdict.ts';

const text = z.string();

export const waitRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/wait',
  name: 'wait',
  tag: 'Waiting',
  summary: 'Wait for the outcome',
  description: 'Holds the request until the trigger finishes; the status code is the verdict.',
  access: 'caller',
  params: triggerParams,
  query: z.object({
    wait: waitQuery.wait.default(usualWaitSeconds).meta({ override: { default: usualWaitSeconds } }),
    mode: waitQuery.mode.default('wait'),
  }),
  answers: verdictAnswers,
  problems: ['invalid', 'not_found', 'pruned', ...verdictProblems],
} as const satisfies Route;

export const upstreamVerdictRoute = {
  method: 'GET',
  path: '/v1/verdict',
  name: 'upstreamVerdict',
  tag: 'Waiting',
  summary: 'Ask how the triggers of a gate ended',
  description:
    'For the gate job of an upstream pipeline, which the service plays when the triggers that name it have finished. Answers as `/wait` does: with the first trigger that did not succeed, else with the newest. Of several triggers of the same project and ref the newest counts.',
  access: 'caller',
  query: waitRoute.query.extend({
    project: z
      .string()
      .min(1)
      .meta({ description: 'The upstream project, as the request named it: `$CI_PROJECT_PATH`.' }),
    pipelineId: wholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 }).meta({
      description: '`$CI_PIPELINE_ID`.',
    }),
    gate: z
      .string()
      .min(1)
      .optional()
      .meta({ description: '`$CI_JOB_NAME`; any gate or status unless given.' }),
  }),
  answers: verdictAnswers,
  problems: ['invalid', 'not_found', ...verdictProblems],
} as const satisfies Route;

/** For clients that follow a redirect with the original method. */
export const postWaitRoute = { ...waitRoute, method: 'POST', name: 'waitByPost' } as const satisfies Route;

export const eventsRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/events',
  name: 'followEvents',
  tag: 'Waiting',
  summary: 'Follow what happens',
  description:
    'Server-Sent Events `state`, `status`, `job`, `played`, `approval` and `outcome`, each with JSON as its data and a growing `id`; a comment every 15 seconds; the stream ends after `outcome`. With `Accept: text/plain` a line for each, the last one `result: <outcome>`.',
  access: 'caller',
  params: triggerParams,
  headers: z.object({
    'Last-Event-ID': z.string().optional().meta({ description: 'Go on after this event.' }),
  }),
  answers: {
    200: { description: 'The stream.', content: { 'text/event-stream': text, 'text/plain': text } },
    204: { description: 'The caller has seen the outcome: there is nothing to come back for.' },
  },
  problems: ['not_found', 'pruned'],
} as const satisfies Route;

export const logRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/log',
  name: 'readLog',
  tag: 'Waiting',
  summary: 'Read the logs of the jobs',
  access: 'caller',
  params: triggerParams,
  query: z.object({ failed: flag().meta({ description: '`1`: of the failed jobs only.' }) }),
  answers: { 200: { description: 'One under the other.', content: { 'text/plain': text } } },
  problems: ['not_found', 'pruned', 'gitlab_refused', 'gitlab_unavailable'],
} as const satisfies Route;
