import { z } from 'zod';
import type { ErrorCode } from '../../domain/error.ts';
import type { Outcome } from '../../domain/trigger/trigger.ts';
import { errorStatus } from '../middleware/error-status.ts';
import { blockingJobSchema, failedJobSchema, triggerSchema } from '../../api/trigger-view.ts';
import { statusOf, titleOf } from './verdict.ts';

/** Outcomes that are problems; their documents contain the trigger. */
type Verdict = Exclude<Outcome, 'success' | 'manual_passed'>;

/** The last part of a problem's `type`, `/problems/<code>`. */
export type ProblemCode = ErrorCode | Verdict | 'method_not_allowed';

/** The meaning of each kind of problem, and what the caller can do. */
const adviceOf = {
  invalid: 'Something in the request does not parse; `detail` names it. Fix the request.',
  unauthorized:
    'No bearer token, or one that nobody here has or that has expired; of a hook: no secret token or signature, or a wrong one.',
  forbidden: 'Known who asks, but they may not do this: another key is needed, or another request.',
  not_found: 'There is nothing here, or it belongs to somebody else.',
  pruned: 'The trigger finished so long ago that it is no longer kept (`RETENTION_DAYS`).',
  key_reused: 'The `Idempotency-Key` came with another request before: take a new key for a new request.',
  status_taken:
    'Another open trigger of other work posts a commit status of this name to the same pipeline. Take another name.',
  not_playable:
    'A job that was named does not wait to be played; `detail` names those that do. Nothing was played.',
  not_retriable:
    'A reason in `autoRetry` is unknown, or one that no retry helps; `detail` names it. Nothing was started.',
  no_approval: 'The job does not wait to be approved, or several do and none is named; `detail` names them.',
  unsupported_media_type: 'The body must be JSON, declared as `application/json`, and not compressed.',
  too_large: 'The body is larger than this path takes.',
  too_many_items:
    'More variables, inputs, jobs or the like than a request may have, or a longer name; `detail` says how many.',
  too_many_requests:
    'Too many requests of this key, or with a wrong secret from this address. Ask again after `Retry-After`.',
  gitlab_refused: 'GitLab understood and said no; `detail` has its words. Asking again will not help.',
  gitlab_unavailable: 'GitLab did not answer, or said 429 or 5xx. Ask again after `Retry-After`.',
  storage_unavailable:
    'The database cannot be used just now, or the service is stopping. Ask again after `Retry-After`.',
  internal: 'A mistake of ours; the log of the service says more. Please report it.',
  method_not_allowed: 'The path is right, the method is not; `Allow` says which are.',
  failed: 'The pipeline failed; `failedJobs` says where, with the last lines of the logs.',
  skipped: 'GitLab skipped the pipeline: none of its jobs was to run.',
  deadline: 'The pipeline did not end before the deadline of its trigger.',
  canceled: 'The pipeline was canceled, by somebody or by the service.',
  manual: 'The pipeline waits for a manual job, and `onManual` is `fail`; `blockingJobs` names them.',
  error: 'GitLab refused to make the pipeline, or could not be reached in time; `detail` says why.',
} as const satisfies Record<ProblemCode, string>;

export interface ProblemKind {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

const [methodStatus, methodTitle] = [405, 'Method not allowed'] as const;

function kindOf(code: ProblemCode): ProblemKind {
  const advice = adviceOf[code];
  if (code === 'method_not_allowed') return { code, status: methodStatus, title: methodTitle, advice };
  if (code in errorStatus) {
    const [status, title] = errorStatus[code as ErrorCode];
    return { code, status, title, advice };
  }
  return { code, status: statusOf[code as Verdict], title: titleOf[code as Verdict], advice };
}

/** Every kind of problem that the service answers with. */
export const problemKinds: readonly ProblemKind[] = (Object.keys(adviceOf) as ProblemCode[]).map(kindOf);

const trigger = triggerSchema;
const failedJobs = z.array(failedJobSchema);
/** The members that a problem document has besides the common ones. */
const extraOf: Readonly<Partial<Record<ProblemCode, z.ZodRawShape>>> = {
  failed: { failedJobs, trigger },
  skipped: { failedJobs, trigger },
  deadline: { failedJobs, trigger },
  canceled: { trigger },
  manual: { blockingJobs: z.array(blockingJobSchema), trigger },
  error: { trigger },
};

const schemaOf = ({ code, status, title, advice }: ProblemKind) =>
  z
    .object({
      type: z.literal(`/problems/${code}`),
      title: z.literal(title),
      status: z.literal(status),
      detail: z.string(),
      ...extraOf[code],
    })
    .meta({ id: `${pascalCase(code)}Problem`, description: advice });

const pascalCase = (code: string): string =>
  code.replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** The problem documents (RFC 9457) by their codes. */
export const problemSchemas = Object.fromEntries(
  problemKinds.map((kind) => [kind.code, schemaOf(kind)]),
) as Readonly<Record<ProblemCode, ReturnType<typeof schemaOf>>>;
