import { z } from 'zod';
import { isCondition } from './expression.ts';

/** The part of the `.gitlab-ci.yml` syntax that decides what runs when; other keywords are let through. */
const when = z.enum(['on_success', 'on_failure', 'always', 'manual', 'delayed', 'never']);
const script = z.union([z.string(), z.array(z.unknown())]);
const allowFailure = z.union([
  z.boolean(),
  z.object({ exit_codes: z.union([z.number(), z.array(z.number())]) }),
]);
const variables = z.record(z.string(), z.unknown());

const ruleEntry = z.looseObject({
  if: z.string().refine(isCondition, 'invalid expression syntax').optional(),
  when: when.optional(),
  allow_failure: z.boolean().optional(),
  variables: variables.optional(),
});
export type RuleEntry = z.infer<typeof ruleEntry>;

const need = z.union([
  z.string(),
  z.looseObject({ job: z.string(), optional: z.boolean().default(false) }),
  z.looseObject({ pipeline: z.string() }),
]);

const include = z.union([z.string(), z.looseObject({ local: z.string() })]);

const trigger = z.union([
  z.string(),
  z.looseObject({
    project: z.string().optional(),
    branch: z.string().optional(),
    include: z.union([include, z.array(include).min(1)]).optional(),
    strategy: z.enum(['depend', 'mirror']).optional(),
  }),
]);

export const jobEntry = z.looseObject({
  stage: z.string().default('test'),
  script: script.optional(),
  run: z.array(z.unknown()).optional(),
  trigger: trigger.optional(),
  needs: z.array(need).optional(),
  when: when.optional(),
  start_in: z.string().optional(),
  allow_failure: allowFailure.optional(),
  rules: z.array(ruleEntry).optional(),
  retry: z.union([z.number().int(), z.looseObject({ max: z.number().int().default(0) })]).optional(),
  environment: z
    .union([
      z.string(),
      z.looseObject({
        name: z.string(),
        action: z.string().optional(),
        deployment_tier: z.enum(['production', 'staging', 'testing', 'development', 'other']).optional(),
      }),
    ])
    .optional(),
  variables: variables.optional(),
});
export type JobEntry = z.infer<typeof jobEntry>;

export const globalEntry = z.looseObject({
  stages: z.array(z.string()).optional(),
  variables: variables.optional(),
  workflow: z
    .looseObject({
      name: z.string().optional(),
      rules: z.array(ruleEntry).optional(),
      auto_cancel: z.looseObject({ on_job_failure: z.enum(['all', 'none']).optional() }).optional(),
    })
    .optional(),
});

/** Keywords of the top level; every other key is a job. */
export const globalKeywords: ReadonlySet<string> = new Set([
  'default',
  'include',
  'stages',
  'variables',
  'workflow',
  'spec',
  'image',
  'services',
  'cache',
  'before_script',
  'after_script',
]);
