import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Secrets } from '../app/ports/index.ts';
import { AppError } from '../domain/error.ts';
import type { JobId, PipelineId } from '../domain/ids.ts';
import { triggerIdVariable } from '../domain/ids.ts';
import { isRetryReason } from '../domain/trigger/failure-reasons.ts';
import { artifactPath } from '../domain/trigger/artifact-path.ts';
import type { OutputsFrom } from '../domain/trigger/outputs.ts';
import type { TriggerRequest } from '../domain/trigger/trigger.ts';
import { clip, withoutTrailingSlashes } from '../domain/text.ts';
import { onManualChoices, outcomes } from '../domain/trigger/trigger.ts';
import { refuseTooMany } from './count-limits.ts';
import { manualRulesSchema, splitRules } from './manual-rules.ts';
import { parseInput } from './parse-input.ts';

/** Half of a surrogate pair can be written in JSON, but not in the path of a request to GitLab. */
const isUnicode = (text: string): boolean => text.isWellFormed();
const expectedUnicode = 'expected Unicode text';
const nonEmpty = z.string().min(1).max(10_000).refine(isUnicode, expectedUnicode);
/** Longer than any name of a branch or tag in use. */
const longestRef = 255;
/** Sent as a header. */
const headerToken = nonEmpty.regex(
  /^[\x21-\x7e]+$/,
  'expected a token of GitLab: ASCII characters without blanks',
);
/** One less than the largest safe integer, which zod leaves out of JSON schemas. */
const largestId = Number.MAX_SAFE_INTEGER - 1;
const id = z.number().int().positive().max(largestId);
/**
 * A path as GitLab writes paths: a text that two systems could read differently never reaches a policy, a pattern of a
 * key or a URL. Source: gitlabhq lib/gitlab/path_regex.rb
 */
const projectPath = /^(?!(?:.*\/)?\.{1,2}(?:\/|$))[\w.][\w.-]*(?:\/[\w.][\w.-]*)*$/;
const expectedProject = 'expected the number of a project, or its path as GitLab writes it: group/app';
/** A numeric id or a full path. */
const project = z
  .union([id.transform(String), nonEmpty.regex(projectPath, expectedProject)], expectedProject)
  .meta({ description: 'Numeric id or full path.' });

const variables = z
  .record(nonEmpty, z.string().refine(isUnicode, expectedUnicode))
  .refine((given) => !Object.hasOwn(given, triggerIdVariable), `${triggerIdVariable} is set by this service`);

const jobs = z.array(nonEmpty).min(1);

const statusName = nonEmpty.max(255).regex(/^\P{Cc}*$/u, 'expected a name without control characters');

/** What the upstream pipeline is to show of the trigger. Source: CONTRACT, section 7. */
export const reportSchema = z
  .strictObject({
    gate: nonEmpty
      .max(255)
      .nullish()
      .meta({ description: 'The delayed or manual job of the upstream pipeline that is played at the end.' }),
    commitStatus: statusName.nullish().meta({
      description: 'The name of a commit status of the upstream pipeline that follows the trigger.',
    }),
  })
  .refine(
    ({ gate, commitStatus }) => gate != null || commitStatus != null,
    'expected gate, commitStatus, or both',
  )
  .meta({ id: 'ReportRequest', description: 'Needs `upstream`; the service’s own token makes the reports.' });

/** The jobs whose outputs are read. Source: CONTRACT, section 8 */
const outputsSchema = z
  .array(
    z.union([
      nonEmpty.max(255),
      z.strictObject({
        job: nonEmpty.max(255),
        file: nonEmpty
          .max(1_000)
          .refine((text) => artifactPath(text) !== null, 'expected a path in the archive: out/vars.env'),
      }),
    ]),
  )
  .min(1)
  .meta({
    description:
      'Names of jobs, with `*` for anything: their dotenv reports are read at the end. GitLab before 19.4 gives no reports: there the job keeps the same file in `artifacts:paths`, as `JOB.env` or as `file` says.',
  });

const mostReasons = 50;
/** So much of a reason that is refused is shown. */
const longestShown = 60;

/** Which failed jobs are retried by the service itself. Source: CONTRACT, section 9. */
const autoRetrySchema = z
  .strictObject({
    max: z
      .int()
      .min(1)
      .max(5)
      .default(1)
      .meta({ description: 'How often the jobs of one name are retried, at most.' }),
    reasons: z.array(nonEmpty.max(255)).min(1).max(mostReasons).default(['infrastructure']).meta({
      description:
        'GitLab’s `failure_reason`s; `infrastructure` stands for those that are no fault of the job.',
    }),
  })
  .meta({ id: 'AutoRetry' });

/** Its path and query may be secret; user and password are refused, since the service sends no such header. */
const callbackUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL', abort: true })
  .max(10_000)
  .refine((text) => {
    const { username, password, hash } = new URL(text);
    return username + password + hash === '';
  }, 'expected a URL without user and fragment');

/** The body of `POST /v1/triggers`. */
export const triggerRequestSchema = z
  .strictObject({
    project,
    ref: nonEmpty
      .max(longestRef, `expected at most ${longestRef} characters`)
      .regex(/^\P{Cc}*$/u, 'expected a branch or tag without control characters')
      .meta({ description: 'Branch or tag.' }),
    variables: variables.default({}).meta({
      description: `CI/CD variables of the pipeline. \`${triggerIdVariable}\` is the service’s own.`,
    }),
    inputs: z.record(nonEmpty, z.unknown()).default({}).meta({
      description: 'Inputs of the pipeline (`spec: inputs`), of any JSON type.',
    }),
    retry: z.boolean().default(false).meta({
      description: 'Run again what failed in the newest pipeline of the ref; if there is none, a new one.',
    }),
    pipelineId: id.nullish().meta({ description: 'Run again what failed in this pipeline.' }),
    onManual: z.enum(onManualChoices).default('fail').meta({
      description: 'What to do when a manual job blocks the pipeline.',
    }),
    jobs: jobs.nullish().meta({
      description:
        'With `onManual: play`: only these manual jobs, in this order; optional ones are played only when named.',
    }),
    manual: manualRulesSchema.nullish().meta({
      description:
        'Rules for manual jobs, in place of `onManual` and `jobs`: the first one that fits a job decides. A job that blocks and that none fits ends the trigger as `manual`; an optional one is played only by a rule with its exact name.',
    }),
    deadlineSeconds: z.number().int().positive().max(31_536_000).optional().meta({
      description: 'When to stop waiting for the pipeline; `DEADLINE_SECONDS` unless given.',
    }),
    cancelOnDeadline: z.boolean().default(false),
    gitlabUrl: z
      .url({ protocol: /^https?$/ })
      .max(10_000)
      .nullish()
      .meta({
        description: 'Base URL of another GitLab, one of `GITLAB_ALLOWED_HOSTS`.',
      }),
    triggerToken: headerToken.nullish().meta({
      description: 'Pipeline trigger token. Kept encrypted, never shown, erased at the end.',
    }),
    apiToken: headerToken
      .nullish()
      .meta({ description: 'API token to use instead of the service’s own; likewise.' }),
    upstream: z
      .strictObject({ project, pipelineId: id, jobId: id.nullish() })
      .nullish()
      .meta({ description: 'The pipeline, and its job, on whose behalf this one runs.' }),
    cancelWithUpstream: z.boolean().default(false),
    report: reportSchema.nullish(),
    autoRetry: autoRetrySchema.nullish().meta({
      description:
        'When the pipeline has failed and every required job that did bears one of these reasons, those jobs are retried and the wait goes on.',
    }),
    failureGraceSeconds: z.int().min(0).max(86_400).nullish().meta({
      description:
        'How long a failed pipeline is watched before that is the verdict: when somebody retries it in GitLab, the wait goes on.',
    }),
    outputs: outputsSchema.nullish(),
    callbackUrl: callbackUrl.nullish().meta({
      description: 'Where to post the outcome; its host is one of `CALLBACK_ALLOWED_HOSTS`. Kept encrypted.',
    }),
  })
  .meta({ id: 'TriggerRequest' });

/** A request as the caller wrote it, before defaults are filled in. */
export type TriggerRequestInput = z.input<typeof triggerRequestSchema>;

export interface RequestDefaults {
  readonly deadlineSeconds: number;
  readonly gitlabUrl: string;
  readonly allowedGitlabUrls: readonly string[];
  /** Whether callbacks may go to the host of a URL; none may unless given. */
  readonly allowsCallback?: (url: URL) => boolean;
}

export interface ParsedRequest {
  readonly request: TriggerRequest;
  readonly secrets: Secrets;
  /** Where the outcome is to be posted. */
  readonly callbackUrl: string | null;
  /** Digest of the request without the service's defaults: it shows a repetition, also after a restart. */
  readonly digest: string;
}

/**
 * Reads the body of a request for a trigger.
 * @throws AppError `invalid` naming what is wrong, never its value; `not_retriable`; `forbidden` for a GitLab or callback not allowed
 */
export function readTriggerRequest(input: unknown, defaults: RequestDefaults): ParsedRequest {
  refuseTooMany(input);
  const asked = parseInput(triggerRequestSchema, input);
  refuseBothForms(asked.manual, input);
  refuseReasons(asked.autoRetry);
  const { variables, inputs, triggerToken, apiToken, ...given } = asked;
  const { rules, ...sentByRules } = splitRules(given.manual);
  const secrets: Secrets = {
    variables,
    inputs,
    triggerToken: triggerToken ?? null,
    apiToken: apiToken ?? null,
    ...sentByRules,
  };
  const request: TriggerRequest = {
    project: given.project,
    ref: given.ref,
    retry: given.retry,
    pipelineId: (given.pipelineId ?? null) as PipelineId | null,
    onManual: given.onManual,
    jobs: given.jobs ?? null,
    ...(rules === undefined ? {} : { manual: rules }),
    deadlineSeconds: given.deadlineSeconds ?? defaults.deadlineSeconds,
    cancelOnDeadline: given.cancelOnDeadline,
    gitlabUrl: gitlabUrlOf(given.gitlabUrl ?? defaults.gitlabUrl, defaults),
    upstream: upstreamOf(given.upstream),
    cancelWithUpstream: given.cancelWithUpstream,
    ...(given.report == null
      ? {}
      : { report: { gate: given.report.gate ?? null, commitStatus: given.report.commitStatus ?? null } }),
    ...(given.autoRetry == null ? {} : { autoRetry: given.autoRetry }),
    ...(given.failureGraceSeconds == null || given.failureGraceSeconds === 0
      ? {}
      : { failureGraceSeconds: given.failureGraceSeconds }),
    ...(given.outputs == null ? {} : { outputs: given.outputs.map(outputsFrom) }),
  };
  return {
    request,
    secrets,
    callbackUrl: callbackUrlOf(asked.callbackUrl, defaults),
    digest: digestOf(asked),
  };
}

const outputsFrom = (each: z.infer<typeof outputsSchema>[number]): OutputsFrom =>
  typeof each === 'string' ? { job: each, file: null } : each;

/** @throws AppError `not_retriable` */
function refuseReasons(autoRetry: TriggerRequest['autoRetry'] | null): void {
  const unknown = autoRetry?.reasons.find((reason) => !isRetryReason(reason));
  if (unknown === undefined) return;
  const named = clip(unknown, longestShown);
  throw new AppError('not_retriable', `autoRetry.reasons: no retry helps against ${JSON.stringify(named)}`);
}

/** The schema's own defaults would hide whether a member was given. */
function refuseBothForms(manual: unknown, input: unknown): void {
  if (manual == null || typeof input !== 'object' || input === null) return;
  const { onManual, jobs: named } = input as Readonly<Record<string, unknown>>;
  if (onManual === undefined && named == null) return;
  throw new AppError('invalid', 'manual: cannot be given together with onManual or jobs');
}

function callbackUrlOf(text: string | null | undefined, { allowsCallback }: RequestDefaults): string | null {
  if (text == null) return null;
  const url = new URL(text);
  if (allowsCallback?.(url) === true) return url.href;
  throw new AppError('forbidden', 'callbackUrl: its host is not in CALLBACK_ALLOWED_HOSTS');
}

/** Compared as URLs, not as texts: case of the host, the default port and slashes at the end make no difference. */
function gitlabUrlOf(text: string, { gitlabUrl, allowedGitlabUrls }: RequestDefaults): string {
  const base = baseOf(text);
  const allowed = [gitlabUrl, ...allowedGitlabUrls].find((url) => baseOf(url) === base);
  if (allowed !== undefined) return allowed;
  throw new AppError('forbidden', 'gitlabUrl: this GitLab is neither GITLAB_URL nor in GITLAB_ALLOWED_HOSTS');
}

/** With a user, a query or a fragment it is not a base URL, and equals no allowed one. */
const baseOf = (url: string): string => withoutTrailingSlashes(new URL(url).href);

const upstreamOf = (
  upstream: z.infer<typeof triggerRequestSchema>['upstream'],
): TriggerRequest['upstream'] =>
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

/** The body of `…/play`. */
export const playSchema = z
  .strictObject({
    jobs: jobs.nullish().meta({ description: 'Names of manual jobs; those that block unless given.' }),
  })
  .meta({ id: 'PlayRequest' });

/** The body of `…/cancel`. */
export const cancelSchema = z
  .strictObject({ reason: nonEmpty.max(1_000).nullish().meta({ description: 'For the audit log.' }) })
  .meta({ id: 'CancelRequest' });

/** The body of `…/resolve`. */
export const resolveSchema = z
  .strictObject({
    outcome: z.enum(outcomes),
    reason: nonEmpty.meta({ description: 'For the audit log.' }),
  })
  .meta({ id: 'ResolveRequest' });
