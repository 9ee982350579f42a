import { AppError } from '../../domain/error.ts';
import type { ReadReason } from '../../domain/trigger/event.ts';
import type { RunningTrigger } from '../../domain/trigger/trigger.ts';
import { projectOf } from '../../domain/trigger/trigger.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Clock, GitLab, Log } from '../ports/index.ts';
import { isLasting, isRefusal } from '../ports/gitlab-unavailable.ts';

/**
 * Records that GitLab refused to show a trigger's pipeline, or cannot be used as it is set up.
 * @throws every other error
 */
export type ReadRefused = (
  trigger: RunningTrigger,
  gitlab: GitLab,
  error: unknown,
  why?: ReadReason,
) => Promise<void>;

interface Deps {
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly log: Log;
}

export const createReadRefused = ({ applyEvent, clock, log }: Deps): ReadRefused =>
  async function readRefused(trigger, gitlab, error, why = 'action') {
    const refusal = await refusalBy(gitlab, trigger, error);
    await applyEvent(trigger.id, { ...refusal, at: clock.now(), origin: { why } });
    log.warn({ triggerId: trigger.id, error: messageFor(refusal) }, 'GitLab does not show the pipeline');
  };

type Refusal = { readonly type: 'pipelineGone' } | { readonly type: 'readRefused'; readonly reason: string };

const messageFor = (refusal: Refusal): string =>
  refusal.type === 'pipelineGone' ? 'there is no such pipeline' : refusal.reason;

/**
 * Evaluates why GitLab did not show a pipeline. A pipeline is gone only if its project can be read: a token whose
 * membership has ended gets 404 as well.
 * @throws an error that says nothing about the pipeline
 */
export async function refusalBy(
  gitlab: Pick<GitLab, 'checkProject'>,
  trigger: RunningTrigger,
  error: unknown,
): Promise<Refusal> {
  if (!(error instanceof AppError) || !(isRefusal(error) || isLasting(error))) throw error;
  if (error.code !== 'not_found') return { type: 'readRefused', reason: error.message };
  try {
    await gitlab.checkProject(projectOf(trigger, trigger.state.pipeline));
    return { type: 'pipelineGone' };
  } catch (projectError) {
    if (!isRefusal(projectError)) throw projectError;
    return { type: 'readRefused', reason: projectError.message };
  }
}
