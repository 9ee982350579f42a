import type { Route } from '../route.ts';
import { approvalRequestSchema } from '../../../api/approval-view.ts';
import { cancelSchema, playSchema, resolveSchema } from '../../../api/trigger-request.ts';
import { triggerSchema } from '../../../api/trigger-view.ts';
import { triggerParams } from './triggers.ts';

const usual = {
  method: 'POST',
  tag: 'Triggers',
  access: 'caller',
  params: triggerParams,
  answers: {
    202: {
      description: 'The trigger as it is afterwards.',
      content: { 'application/json': triggerSchema },
    },
  },
} as const;
const usualProblems = ['forbidden', 'not_found', 'pruned'] as const;

export const cancelRoute = {
  ...usual,
  path: '/v1/triggers/{id}/cancel',
  name: 'cancelTrigger',
  summary: 'Cancel the pipeline',
  description: 'The trigger finishes when GitLab shows its pipeline canceled.',
  body: { schema: cancelSchema, required: false, examples: { why: { reason: 'superseded' } } },
  problems: [...usualProblems, 'invalid', 'too_large', 'too_many_items', 'unsupported_media_type'],
} as const satisfies Route;

export const playRoute = {
  ...usual,
  path: '/v1/triggers/{id}/play',
  name: 'playJobs',
  summary: 'Play manual jobs',
  description:
    'Those that block, or those named; each one once, however often it is asked for. A name of which no job waits to be played is 422, and nothing is played.',
  body: { schema: playSchema, required: false, examples: { named: { jobs: ['deploy'] } } },
  problems: [
    ...usualProblems,
    'invalid',
    'too_large',
    'too_many_items',
    'unsupported_media_type',
    'not_playable',
    'gitlab_refused',
    'gitlab_unavailable',
  ],
} as const satisfies Route;

const approvalProblems = [
  ...usualProblems,
  'invalid',
  'too_large',
  'too_many_items',
  'unsupported_media_type',
  'no_approval',
] as const;

const whoMayApprove =
  'For keys with the role `approve` and admins; nobody decides about the jobs of a trigger that they started (`APPROVAL_FOUR_EYES`). Asking for the same again answers 202 as well.';

export const approveRoute = {
  ...usual,
  path: '/v1/triggers/{id}/approve',
  name: 'approveJob',
  summary: 'Approve a manual job',
  description: `The job is played, once. ${whoMayApprove}`,
  body: {
    schema: approvalRequestSchema,
    required: false,
    examples: { named: { job: 'deploy', comment: 'tested on staging' } },
  },
  problems: approvalProblems,
} as const satisfies Route;

export const rejectRoute = {
  ...usual,
  path: '/v1/triggers/{id}/reject',
  name: 'rejectJob',
  summary: 'Reject a manual job',
  description: `The trigger finishes as \`manual\`. ${whoMayApprove}`,
  body: {
    schema: approvalRequestSchema,
    required: false,
    examples: { named: { job: 'deploy', comment: 'not before Monday' } },
  },
  problems: approvalProblems,
} as const satisfies Route;

export const retryRoute = {
  ...usual,
  path: '/v1/triggers/{id}/retry',
  name: 'retryTrigger',
  summary: 'Run again what failed',
  description: 'In the same pipeline; a trigger that had finished is pending again.',
  problems: usualProblems,
} as const satisfies Route;

export const reconcileRoute = {
  ...usual,
  path: '/v1/triggers/{id}/reconcile',
  name: 'reconcileTrigger',
  summary: 'Read the pipeline now',
  description: 'Instead of at the next sweep.',
  problems: usualProblems,
} as const satisfies Route;

export const resolveRoute = {
  ...usual,
  path: '/v1/triggers/{id}/resolve',
  name: 'resolveTrigger',
  summary: 'Say how it ended',
  description: 'Finishes a trigger in any state of its pipeline. For admins.',
  access: 'admin',
  body: {
    schema: resolveSchema,
    required: true,
    examples: { done: { outcome: 'success', reason: 'deployed by hand' } },
  },
  problems: [...usualProblems, 'invalid', 'too_large', 'too_many_items', 'unsupported_media_type'],
} as const satisfies Route;
