import { z } from 'zod';
import {
  removedHooksSchema,
  doctorReportSchema,
  healthSchema,
  installReportSchema,
  reportSchema,
} from '../../../api/hook-view.ts';
import type { Route } from '../route.ts';

const project = z.string().min(1).max(1_000).meta({ description: 'Full path of the project.' });
const address = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });
const url = address.nullish().meta({ description: 'Address of the service, instead of PUBLIC_URL.' });
const from = address
  .nullish()
  .meta({ description: 'Its address before: hooks that still call it are moved.' });

export const installSchema = z
  .strictObject({
    project,
    url,
    from,
    verifyTls: z.boolean().default(true).meta({ description: 'Whether GitLab verifies the certificate.' }),
  })
  .meta({ id: 'HookInstallRequest' });

export const doctorSchema = z
  .strictObject({
    project,
    url,
    from,
    fix: z.boolean().default(false).meta({ description: 'Fixes the problems that the service can fix.' }),
    resendAll: z
      .boolean()
      .default(false)
      .meta({ description: 'Sends again also what no trigger waits for.' }),
  })
  .meta({ id: 'HookDoctorRequest' });

export const removeSchema = z.strictObject({ project, url }).meta({ id: 'HookRemoveRequest' });

const usual = { tag: 'Webhooks', access: 'admin' } as const;
const ofGitLab = ['invalid', 'not_found', 'gitlab_refused', 'gitlab_unavailable'] as const;
const withBody = [...ofGitLab, 'too_large', 'too_many_items', 'unsupported_media_type'] as const;
const example = { app: { project: 'group/app' } };

export const showProjectHooksRoute = {
  ...usual,
  method: 'GET',
  path: '/v1/hooks',
  name: 'showProjectHooks',
  summary: 'Show the hooks of a project, and what is wrong with them',
  query: z.object({ project, url: address.optional() }),
  answers: { 200: { description: 'The hooks.', content: { 'application/json': reportSchema } } },
  problems: ofGitLab,
} as const satisfies Route;

export const matchProjectsRoute = {
  ...usual,
  method: 'GET',
  path: '/v1/hooks/projects',
  name: 'matchProjects',
  summary: 'Find the projects that a pattern names',
  query: z.object({
    pattern: project.meta({ description: 'A path, `group/*`, or `group/**` with those of subgroups.' }),
  }),
  answers: {
    200: {
      description: 'Their paths; archived ones are left out.',
      content: { 'application/json': z.object({ items: z.array(z.string()) }).meta({ id: 'ProjectPaths' }) },
    },
  },
  problems: ofGitLab,
} as const satisfies Route;

export const hookHealthRoute = {
  ...usual,
  method: 'GET',
  path: '/v1/hooks/health',
  name: 'showHookHealth',
  summary: 'Whether webhooks arrive for pending triggers',
  description: 'As the service knows it; GitLab is not asked.',
  answers: {
    200: {
      description: 'Each project that pending triggers wait for.',
      content: {
        'application/json': z.object({ items: z.array(healthSchema) }).meta({ id: 'HookHealthList' }),
      },
    },
  },
} as const satisfies Route;

export const installHookRoute = {
  ...usual,
  method: 'POST',
  path: '/v1/hooks/install',
  name: 'installHook',
  summary: 'Bring a project to one good hook',
  description: 'Finds an equal one first, repairs one that is not equal, and has GitLab test it.',
  body: { schema: installSchema, required: true, examples: example },
  answers: { 200: { description: 'What was done.', content: { 'application/json': installReportSchema } } },
  problems: withBody,
} as const satisfies Route;

export const doctorHookRoute = {
  ...usual,
  method: 'POST',
  path: '/v1/hooks/doctor',
  name: 'doctorHooks',
  summary: 'Find problems with hooks, and fix them',
  description: 'What the limit of GitLab leaves unsent is sent by asking again after `retryAfterSeconds`.',
  body: {
    schema: doctorSchema,
    required: true,
    examples: { ...example, fix: { project: 'group/app', fix: true } },
  },
  answers: { 200: { description: 'What was found.', content: { 'application/json': doctorReportSchema } } },
  problems: withBody,
} as const satisfies Route;

export const removeHookRoute = {
  ...usual,
  method: 'POST',
  path: '/v1/hooks/remove',
  name: 'removeHooks',
  summary: 'Remove the hooks of this service from a project',
  body: { schema: removeSchema, required: true, examples: example },
  answers: {
    200: {
      description: 'Their ids.',
      content: {
        'application/json': removedHooksSchema,
      },
    },
  },
  problems: withBody,
} as const satisfies Route;
