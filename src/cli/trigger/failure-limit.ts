import type { GitLab } from '../../app/ports/index.ts';
import { GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';
import { Failure } from '../../client/failure.ts';
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
const lookingMethods: ReadonlySet<keyof GitLab> = new Set(['readPipeline', 'playJob']);

/** Between looks that GitLab refuses: it answers, so there is nothing to be spared. */
const refusedPauseMs = 200;

interface Options {
  readonly host: string;
  /** What stands in the way will hardly go away soon, so far as the last connection showed. */
  readonly isLasting: () => boolean;
  readonly note: (message: string) => void;
  readonly lookFailed: (error: string, isLast: boolean) => void;
  readonly giveUp: (failure: Failure) => void;
}

/** Decides when to give up on a GitLab that does not answer, where the service would go on until the deadline. */
export function createFailureLimit({ host, isLasting, note, lookFailed, giveUp }: Options): GitLabWatcher {
  let failures = 0;
  let hasPolled = false;
  /** A request that was sent may have made the pipeline unseen. */
  let isInDoubt = false;

  function failStart(method: keyof GitLab, error: GitLabUnavailable): void {
    failures += 1;
    if (method === 'createPipeline') isInDoubt ||= error.unanswered.inDoubtMs !== null;
    const isLast = isLasting() || failures === mostFailures;
    if (!isLast) {
      note(`${error.message}; trying again`);
      return;
    }
    const doubt = isInDoubt && !isLasting() ? '; it may have made the pipeline all the same' : '';
    giveUp(new Failure(`no pipeline from ${host}: ${adviceFor(error.message)}${doubt}`));
  }

  /** For the Python command any look might fail for a while, for whatever reason: to the engine they are all worth another try. */
  function failPoll(error: AppError): GitLabUnavailable {
    failures += 1;
    lookFailed(error.message, failures === mostFailures);
    if (failures === mostFailures)
      note(`error: GitLab does not show the pipeline: ${adviceFor(error.message)}`);
    return error instanceof GitLabUnavailable
      ? error
      : new GitLabUnavailable(error.message, { retryAfterMs: refusedPauseMs, inDoubtMs: null });
  }

  return {
    succeeded: (method) => {
      if (!lookingMethods.has(method)) return;
      hasPolled = true;
      failures = 0;
    },
    failed: (method, error) => {
      if (error instanceof GitLabUnavailable && startingMethods.has(method)) failStart(method, error);
      const isRefusedPlay = method !== 'readPipeline' && !(error instanceof GitLabUnavailable);
      if (!lookingMethods.has(method) || isRefusedPlay) return error;
      // That there is no such pipeline any more is an answer.
      const isAnswer = error instanceof AppError && error.code === 'not_found' && hasPolled;
      if (error instanceof AppError && !isAnswer) return failPoll(error);
      if (!(error instanceof AppError)) note(`internal error: ${messageOf(error)}`);
      return error;
    },
  };
}
