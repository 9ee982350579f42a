import type { GitLab } from '../app/ports.ts';
import { GitLabUnavailable } from '../app/unavailable.ts';
import { AppError, messageOf } from '../domain/error.ts';
import { Failure } from './failure.ts';
import { hintFor } from './outcome-notes.ts';
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
const lookingMethods: ReadonlySet<keyof GitLab> = new Set(['readPipeline', 'playJob', 'readJob']);

interface Options {
  readonly host: string;
  /** What stands in the way will hardly go away soon, so far as the last connection showed. */
  readonly isLasting: () => boolean;
  readonly note: (message: string) => void;
  readonly lookFailed: (error: string, isLast: boolean) => void;
  readonly giveUp: (failure: Failure) => void;
}

/** Decides when to give up on a GitLab that does not answer, where the service would go on until the deadline. */
export function losePatienceWith({ host, isLasting, note, lookFailed, giveUp }: Options): GitLabWatcher {
  let failures = 0;
  let hasLooked = false;
  /** A request that was sent may have made the pipeline unseen. */
  let isUnclear = false;

  function failStart(method: keyof GitLab, error: GitLabUnavailable): void {
    failures += 1;
    if (method === 'createPipeline') isUnclear ||= error.unanswered.settleMs !== null;
    const isLast = isLasting() || failures === mostFailures;
    if (!isLast) {
      note(`${error.message}; trying again`);
      return;
    }
    const doubt = isUnclear && !isLasting() ? '; it may have made the pipeline all the same' : '';
    giveUp(new Failure(`no pipeline from ${host}: ${hintFor(error.message)}${doubt}`));
  }

  /**
   * The first look shows whether the token may look at all; later ones may fail for a while, for whatever reason, as
   * for the Python command: to the engine they are all worth another try.
   */
  function failLook(error: AppError): GitLabUnavailable {
    const isRefused = !hasLooked && error.code === 'gitlab_refused';
    failures += 1;
    if (isRefused) giveUp(new Failure(`GitLab does not show the pipeline: ${hintFor(error.message)}`));
    else lookFailed(error.message, failures === mostFailures);
    return error instanceof GitLabUnavailable
      ? error
      : new GitLabUnavailable(error.message, { retryAfterMs: null, settleMs: null });
  }

  return {
    succeeded: (method) => {
      if (!lookingMethods.has(method)) return;
      hasLooked = true;
      failures = 0;
    },
    failed: (method, error) => {
      if (error instanceof GitLabUnavailable && startingMethods.has(method)) failStart(method, error);
      const isRefusedPlay = method !== 'readPipeline' && !(error instanceof GitLabUnavailable);
      if (!lookingMethods.has(method) || isRefusedPlay) return error;
      // That there is no such pipeline is an answer.
      if (error instanceof AppError && error.code !== 'not_found') return failLook(error);
      if (!(error instanceof AppError)) note(`internal error: ${messageOf(error)}`);
      return error;
    },
  };
}
