import type { GitLab } from '../../app/ports/index.ts';
import { GitLabUnavailable, GitLabUnusable } from '../../app/ports/gitlab-unavailable.ts';
import { Failure } from '../../client/errors.ts';
import { AppError, messageOf } from '../../domain/error.ts';
import { adviceFor } from './outcome-notes.ts';
import type { GitLabWatcher } from './watch-gitlab.ts';

/** The Python command tried five times more after the first failure. */
const mostFailures = 6;

/** What it takes to have a pipeline at all. What is done after that is part of looking at it. */
const startingMethods: ReadonlySet<keyof GitLab> = new Set([
  'createPipeline',
  'findPipeline',
  'newestPipeline',
  'showPipeline',
  'tipOf',
  'retryPipeline',
]);
/** What is done to a pipeline that is there. Each is counted for itself: that jobs can be read does not mean that they can be played. */
const lookingMethods: ReadonlySet<keyof GitLab> = new Set(['readPipeline', 'playJob']);

/** Between looks that GitLab refuses: it answers, so there is nothing to be spared. */
const refusedPauseMs = 200;

interface Options {
  readonly host: string;
  /** What stands in the way will hardly go away soon, so far as the last connection showed. */
  readonly isLasting: () => boolean;
  /** The last answer was 401. */
  readonly isUnauthorized: () => boolean;
  readonly note: (message: string) => void;
  readonly lookFailed: (error: string, isLast: boolean) => void;
  readonly giveUp: (failure: Failure) => void;
}

/** Decides when to give up on a GitLab that does not answer, where the service would go on until the deadline. */
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
  /** A request that was sent may have made the pipeline unseen. */
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

  /** For the Python command any first look might fail for a while, for whatever reason: to the engine they are all worth another try. */
  function failPoll(method: keyof GitLab, error: AppError): GitLabUnavailable {
    const failures = countFailure(method);
    lookFailed(error.message, failures === mostFailures);
    const what = method === 'playJob' ? 'play the job' : 'show the pipeline';
    if (failures === mostFailures) note(`error: GitLab does not ${what}: ${adviceFor(error.message)}`);
    return error instanceof GitLabUnavailable
      ? error
      : new GitLabUnavailable(error.message, { retryAfterMs: refusedPauseMs, inDoubtMs: null });
  }

  /** The engine goes on for ten minutes with a token that was good once: it may be good again. */
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
      // That there is no such pipeline any more is an answer.
      if (hasPolled) return error.code === 'not_found' ? error : failRefused(error);
      if (!isUnauthorized()) return failPoll(method, error);
      giveUp(new Failure(`GitLab does not show the pipeline: ${adviceFor(error.message)}`));
      return error;
    },
  };
}
