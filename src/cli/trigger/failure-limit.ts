import type { GitLab } from '../../app/ports/index.ts';
import { GitLabUnavailable, GitLabUnusable } from '../../app/ports/gitlab-unavailable.ts';
import { Failure } from '../../client/errors.ts';
import { AppError, messageOf } from '../../domain/error.ts';
import { adviceFor } from './outcome-notes.ts';
import type { GitLabWatcher } from './watch-gitlab.ts';

/** The Python command repeats a failed call five times. */
const mostFailures = 6;

/** The calls until there is a pipeline. Later ones are part of polling it. */
const startingMethods: ReadonlySet<keyof GitLab> = new Set([
  'createPipeline',
  'findPipeline',
  'newestPipeline',
  'showPipeline',
  'tipOf',
  'retryPipeline',
]);
/** The actions on a pipeline, each counted separately: jobs that can be read can perhaps not be played. */
const lookingMethods: ReadonlySet<keyof GitLab> = new Set(['readPipeline', 'playJob']);

/** The pause between refused polls: GitLab answers, so a longer one saves nothing. */
const refusedPauseMs = 200;

interface Options {
  readonly host: string;
  /** Whether the last connection failed for a reason that will hardly pass soon. */
  readonly isLasting: () => boolean;
  /** The last answer was 401. */
  readonly isUnauthorized: () => boolean;
  readonly note: (message: string) => void;
  readonly lookFailed: (error: string, isLast: boolean) => void;
  readonly giveUp: (failure: Failure) => void;
}

/** Ends the command when GitLab does not answer for too long; the service would continue until the deadline. */
export function createFailureLimit({
  host,
  isLasting,
  isUnauthorized,
  note,
  lookFailed,
  giveUp,
}: Options): GitLabWatcher {
  const failuresOf = new Map<keyof GitLab | 'start', number>();
  let hasPolled = false;
  let refusal = '';
  /** Whether a request was sent that may have created the pipeline unnoticed. */
  let isInDoubt = false;

  function countFailure(kind: keyof GitLab | 'start'): number {
    const failures = (failuresOf.get(kind) ?? 0) + 1;
    failuresOf.set(kind, failures);
    return failures;
  }

  function failStart(method: keyof GitLab, error: GitLabUnavailable): void {
    const failures = countFailure('start');
    if (method === 'createPipeline') isInDoubt ||= error.unanswered.inDoubtMs !== null;
    const isLast = isLasting() || failures === mostFailures;
    if (!isLast) {
      note(`${error.message}; trying again`);
      return;
    }
    const doubt = isInDoubt && !isLasting() ? '; it may have made the pipeline all the same' : '';
    giveUp(new Failure(`no pipeline from ${host}: ${adviceFor(error.message)}${doubt}`));
  }

  /** The Python command repeats the first poll after any error: the engine gets an error that it repeats, too. */
  function failPoll(method: keyof GitLab, error: AppError): GitLabUnavailable {
    const failures = countFailure(method);
    lookFailed(error.message, failures === mostFailures);
    const what = method === 'playJob' ? 'play the job' : 'show the pipeline';
    if (failures === mostFailures) note(`error: GitLab does not ${what}: ${adviceFor(error.message)}`);
    return error instanceof GitLabUnavailable
      ? error
      : new GitLabUnavailable(error.message, { retryAfterMs: refusedPauseMs, inDoubtMs: null });
  }

  /** The engine continues for ten minutes with a token that was valid once: the refusal may be temporary. */
  function failRefused(error: AppError): AppError {
    if (error.message !== refusal)
      note(`GitLab does not show the pipeline: ${adviceFor(error.message)}; trying again`);
    refusal = error.message;
    return error;
  }

  return {
    succeeded: (method) => {
      if (!lookingMethods.has(method)) return;
      hasPolled = true;
      refusal = '';
      failuresOf.delete(method);
    },
    failed: (method, error) => {
      if (error instanceof GitLabUnavailable && startingMethods.has(method)) failStart(method, error);
      if (error instanceof GitLabUnusable && startingMethods.has(method))
        giveUp(new Failure(`no pipeline from ${host}: ${adviceFor(error.message)}`));
      const isRefusedPlay = method !== 'readPipeline' && !(error instanceof GitLabUnavailable);
      if (!lookingMethods.has(method) || isRefusedPlay) return error;
      if (!(error instanceof AppError)) {
        note(`internal error: ${messageOf(error)}`);
        return error;
      }
      if (error instanceof GitLabUnavailable) return failPoll(method, error);
      // "No such pipeline" is an answer.
      if (hasPolled) return error.code === 'not_found' ? error : failRefused(error);
      if (!isUnauthorized()) return failPoll(method, error);
      giveUp(new Failure(`GitLab does not show the pipeline: ${adviceFor(error.message)}`));
      return error;
    },
  };
}
