import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Secrets } from '../app/ports.ts';
import { AppError } from '../domain/error.ts';
import type { JobId, PipelineId } from '../domain/ids.ts';
import { triggerIdVariable } from '../domain/ids.ts';
import type { TriggerRequest } from '../domain/trigger.ts';
import { outcomes } from '../domain/trigger.ts';

/** Half of a surrogate pair can be written in JSON, but not in the path of a request to GitLab. */
const nonEmpty = z
  .string()
  .min(1)
  .max(10_000)
  .refine((text) => text.isWellFormed(), 'expected Unicode text');
/** It goes into a header. */
const headerToken = nonEmpty.regex(/^[\x21-\x7e]+$/, 'expected a token of GitLab');
const id = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
/** A numeric id or a full path. */
const project = z.union([id.transform(String), nonEmpty]);

const variables = z
  .record(nonEmpty, z.string())
  .refine((given) => !Object.hasOwn(given, triggerIdVariable), `${triggerIdVariable} is set by this service`);

const jobs = z.array(nonEmpty).min(1);

const body = z.strictObject({
  project,
  ref: nonEmpty,
  variables: variables.default({}),
  inputs: z.record(nonEmpty, z.json()).default({}),
  retry: z.boolean().default(false),
  pipelineId: id.nullish(),
  onManual: z.enum(['fail', 'pass', 'play']).default('fail'),
  jobs: jobs.nullish(),
  deadlineSeconds: z.number().int().positive().max(31_536_000).optional(),
  cancelOnDeadline: z.boolean().default(false),
  gitlabUrl: z.url({ protocol: /^https?$/ }).nullish(),
  triggerToken: nonEmpty.nullish(),
  apiToken: headerToken.nullish(),
  upstream: z.strictObject({ project, pipelineId: id, jobId: id.nullish() }).nullish(),
  cancelWithUpstream: z.boolean().default(false),
  callbackUrl: z.url().nullish(),
});

export interface RequestDefaults {
  readonly deadlineSeconds: number;
  readonly gitlabUrl: string;
  readonly allowedGitlabUrls: readonly string[];
}

export interface ParsedRequest {
  readonly request: TriggerRequest;
  readonly secrets: Secrets;
  readonly bringsCallback: boolean;
  /** Of all that was asked for, not of our defaults: tells a repetition from another request, also after a restart. */
  readonly digest: string;
}

/**
 * Reads the body of a request for a trigger.
 * @throws AppError `invalid` naming what is wrong, never its value; `forbidden` for a GitLab or callback not allowed
 */
export function readTriggerRequest(input: unknown, defaults: RequestDefaults): ParsedRequest {
  const asked = parse(body, input);
  const { variables, inputs, triggerToken, apiToken, callbackUrl, ...given } = asked;
  if (callbackUrl != null) throw new AppError('forbidden', 'callbackUrl: no host is allowed for callbacks');
  const secrets: Secrets = {
    variables,
    inputs,
    triggerToken: triggerToken ?? null,
    apiToken: apiToken ?? null,
  };
  const request: TriggerRequest = {
    project: given.project,
    ref: given.ref,
    retry: given.retry,
    pipelineId: (given.pipelineId ?? null) as PipelineId | null,
    onManual: given.onManual,
    jobs: given.jobs ?? null,
    deadlineSeconds: given.deadlineSeconds ?? defaults.deadlineSeconds,
    cancelOnDeadline: given.cancelOnDeadline,
    gitlabUrl: gitlabUrlOf(given.gitlabUrl ?? defaults.gitlabUrl, defaults),
    upstream: upstreamOf(given.upstream),
    cancelWithUpstream: given.cancelWithUpstream,
  };
  return { request, secrets, bringsCallback: asked.callbackUrl != null, digest: digestOf(asked) };
}

function gitlabUrlOf(url: string, { gitlabUrl, allowedGitlabUrls }: RequestDefaults): string {
  const base = url.replace(/\/+$/, '');
  if (base === gitlabUrl || allowedGitlabUrls.includes(base)) return base;
  throw new AppError('forbidden', 'gitlabUrl: this GitLab is neither GITLAB_URL nor in GITLAB_ALLOWED_HOSTS');
}

const upstreamOf = (upstream: z.infer<typeof body>['upstream']): TriggerRequest['upstream'] =>
  upstream == null
    ? null
    : {
        project: upstream.project,
        pipelineId: upstream.pipelineId as PipelineId,
        jobId: (upstream.jobId ?? null) as JobId | null,
      };

const digestOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/** JSON with the members of objects in order, so that the same request always reads the same. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );

const playBody = z.strictObject({ jobs: jobs.nullish() });
const cancelBody = z.strictObject({ reason: nonEmpty.max(1_000).nullish() });
const resolveBody = z.strictObject({ outcome: z.enum(outcomes), reason: nonEmpty });

/** Reads the body of `…/play`. @throws AppError `invalid` */
export const readPlay = (input: unknown): readonly string[] | null => parse(playBody, input).jobs ?? null;

/** Reads the body of `…/cancel`. @throws AppError `invalid` */
export const readCancel = (input: unknown): string | undefined =>
  parse(cancelBody, input).reason ?? undefined;

/** Reads the body of `…/resolve`. @throws AppError `invalid` */
export const readResolution = (input: unknown) => parse(resolveBody, input);

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) =>
    [path.map(String).join('.'), message].filter(Boolean).join(': '),
  );
  throw new AppError('invalid', issues.join('; '));
}
