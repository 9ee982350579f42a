import { z } from 'zod';
import { choice, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { triggerSchema } from '../../../api/trigger-view.ts';

/** Seconds a request is held unless it says so. Proxies cut connections that are silent for a minute. */
export const usualWaitSeconds = 25;

const modes = choice('wait', 'follow', 'text');
export type WaitMode = z.infer<typeof modes>;

export const waitQuery = {
  wait: wholeNumber({ min: 1, max: 55 }).meta({ description: 'Hold the answer for up to so many seconds.' }),
  mode: modes.meta({
    description:
      'While it is pending `wait` answers 503, which curl repeats, `follow` 303 to itself; `text` always answers 200 and one word.',
  }),
};

export const waitHint = 'With `wait` or `mode` it answers as `/wait` does.';

const outcomeHeaders = {
  'Pipeline-Trigger-State': '`pending` or `finished`.',
  'Pipeline-Trigger-Outcome': 'How it finished; only then.',
};

/** With `Accept: text/plain` every verdict is readable text, with the same status. */
const asText = (meaning: string) =>
  ({
    description: `${meaning} A problem document, or lines for people with \`Accept: text/plain\`.`,
    content: { 'text/plain': z.string() },
    headers: outcomeHeaders,
  }) as const;

/** The status code is the verdict. */
export const verdictAnswers = {
  200: {
    description: '`success` or `manual_passed`; with `mode=text` `running` or any other outcome.',
    content: { 'application/json': triggerSchema, 'text/plain': z.string() },
    headers: outcomeHeaders,
  },
  409: asText('`canceled`.'),
  422: asText('`error`: GitLab refused to make the pipeline.'),
  423: asText('`manual`: a manual job blocks the pipeline.'),
  424: asText('`failed`, `skipped` or `deadline`.'),
  303: {
    description: 'With `mode=follow`: ask there.',
    headers: { Location: 'Where to wait on, relative to the request.' },
  },
  503: {
    description: 'Still pending, with an empty body; or a problem that passes.',
    headers: { 'Retry-After': 'Seconds.' },
  },
} as const satisfies Route['answers'];

export const verdictProblems = ['failed', 'skipped', 'deadline', 'canceled', 'manual', 'error'] as const;
