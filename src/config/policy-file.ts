import { parse } from 'yaml';
import { z } from 'zod';
import type { Policy, PolicyRule, PolicyValues } from '../domain/access/policy.ts';
import { gitlabBaseUrl } from './values.ts';

/** An error in a policy: one line, with its place. */
export class WrongPolicy extends Error {}

const text = z.string().min(1);
const patterns = z.union([text.transform((one) => [one]), z.array(text).min(1)], {
  error: 'expected a text or a list of texts; put numbers in quotes',
});
/** Ids are numbers in YAML. */
const projects = z.preprocess(
  (given) => (Array.isArray(given) ? given.map(asText) : asText(given)),
  patterns,
);

function asText(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value;
}

const anything = ['**'];
/** A list of names, or a map from names to their allowed values. */
const values = z
  .union([patterns, z.record(text, patterns)], {
    error: 'expected a list of names, or names each with a text or a list of texts',
  })
  .transform((given): PolicyValues =>
    Array.isArray(given) ? given.map((name) => [name, anything]) : Object.entries(given),
  );

const refProtected = z
  .union([z.boolean(), z.literal('any')], { error: 'expected true, false or any' })
  .transform((wanted) => (wanted === 'any' ? null : wanted));

const onManual = z.enum(['fail', 'pass', 'play'], { error: 'expected fail, pass or play' });

const rule = z.strictObject({
  name: text.optional(),
  from: z.strictObject({
    project_path: projects,
    ref: patterns.optional(),
    ref_protected: refProtected.default(true),
    environment: patterns.optional(),
    pipeline_source: patterns.optional(),
    forks: z.boolean().default(false),
  }),
  to: z.strictObject({
    gitlabUrl: gitlabBaseUrl.optional(),
    project: projects,
    ref: patterns,
    variables: values.default([]),
    inputs: values.default([]),
    onManual: z.union([onManual.transform((one) => [one]), z.array(onManual).min(1)]).default(['fail']),
    jobs: patterns.default([]),
    retry: z.boolean().default(false),
    // Reports are made to the job's own pipeline alone.
    gate: patterns.default(anything),
    commitStatus: patterns.default(anything),
    triggerToken: z.boolean().default(false),
    apiToken: z.boolean().default(false),
    callbackUrl: z.boolean().default(false),
  }),
});

const policy = z.strictObject({ rules: z.array(rule) });

/**
 * Reads a policy in YAML.
 * @param gitlabUrl the GitLab that a rule is about unless it names another
 * @throws WrongPolicy
 */
export function readPolicy(yaml: string, gitlabUrl: string): Policy {
  const { data, error } = policy.safeParse(contentOf(yaml));
  if (error !== undefined) throw new WrongPolicy(firstOf(error));
  return { rules: data.rules.map((given) => ruleFrom(given, gitlabUrl)) };
}

function contentOf(yaml: string): unknown {
  try {
    return parse(yaml);
  } catch (error) {
    const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw new WrongPolicy(`expected YAML: ${line.replace(/:$/, '')}`);
  }
}

function firstOf({ issues }: z.ZodError): string {
  const [{ path, message } = { path: [], message: 'expected rules' }] = issues;
  const [, number, ...rest] = path;
  if (path.length < 2) return `${path.join('.')}: ${message}`.replace(/^: /, '');
  return `rule ${Number(number) + 1}: ${[rest.join('.'), message].filter(Boolean).join(': ')}`;
}

const ruleFrom = ({ name, from, to }: z.infer<typeof rule>, gitlabUrl: string): PolicyRule => ({
  name: name ?? null,
  from: {
    projects: from.project_path,
    refs: from.ref ?? null,
    refProtected: from.ref_protected,
    environments: from.environment ?? null,
    pipelineSources: from.pipeline_source ?? null,
    forks: from.forks,
  },
  to: {
    gitlabUrl: to.gitlabUrl ?? gitlabUrl,
    projects: to.project,
    refs: to.ref,
    variables: to.variables,
    inputs: to.inputs,
    onManual: to.onManual,
    jobs: to.jobs,
    retry: to.retry,
    gate: to.gate,
    commitStatus: to.commitStatus,
    triggerToken: to.triggerToken,
    apiToken: to.apiToken,
    callbackUrl: to.callbackUrl,
  },
});
