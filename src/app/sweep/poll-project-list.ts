import { AppError } from '../../domain/error.ts';
import type { PipelineSnapshot } from '../../domain/trigger/event.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { phase } from '../../domain/trigger/status.ts';
import type { RunningTrigger } from '../../domain/trigger/trigger.ts';
import { projectOf } from '../../domain/trigger/trigger.ts';
import type { ApplyEvent } from '../engine/apply-event.ts';
import type { Meter } from '../ports/meter.ts';
import type { Clock, GitLab } from '../ports/index.ts';
import { limitOf, mayAsk } from '../ports/gitlab-unavailable.ts';
import { projectKeyOf } from './batches.ts';

interface Deps {
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** Polls triggers of one project by one list. @returns those that the list does not settle */
export type PollProjectList = (
  gitlab: GitLab,
  triggers: readonly RunningTrigger[],
) => Promise<readonly RunningTrigger[]>;

/** The tolerance between GitLab's clock and ours: with a larger difference the list shows too little, without loss. */
const marginMs = 120_000;
/** How long a project is not listed after a list that saved no reads, as may happen where very many pipelines run. */
const listAgainMs = 600_000;

/**
 * A pipeline that the list shows as alive is settled. A pipeline that it does not show is read singly, and so is one that
 * no longer runs: its jobs show how it ended and what may be done.
 */
export function createPollProjectList({ applyEvent, clock, meter }: Deps): PollProjectList {
  const notListedUntil = new Map<string, number>();

  async function listOf(gitlab: GitLab, triggers: readonly RunningTrigger[], project: string) {
    const since = Math.min(...triggers.map(({ createdAt }) => createdAt)) - marginMs;
    const ids = triggers.map(({ state }) => state.pipeline.id);
    await mayAsk(gitlab);
    meter.sweepRead();
    try {
      return await gitlab.listPipelines(project, ids, since);
    } catch (error) {
      // An error of the list is not reported: the read of each pipeline reports its own.
      if (error instanceof AppError && limitOf(error) === null) return [];
      throw error;
    }
  }

  return async function pollProjectList(gitlab, triggers) {
    const [first, second] = triggers;
    if (first === undefined || second === undefined) return triggers;
    const key = projectKeyOf(first);
    if ((notListedUntil.get(key) ?? 0) > clock.now()) return triggers;
    const list = await listOf(gitlab, triggers, projectOf(first, first.state.pipeline));
    if (list.length > 1) notListedUntil.delete(key);
    else notListedUntil.set(key, clock.now() + listAgainMs);
    const listed = new Map<PipelineId, PipelineSnapshot>(list.map((pipeline) => [pipeline.id, pipeline]));
    const unsettled: RunningTrigger[] = [];
    for (const trigger of triggers) {
      const pipeline = listed.get(trigger.state.pipeline.id);
      if (pipeline === undefined || phase(pipeline.status) !== 'alive') unsettled.push(trigger);
      else {
        const { id, epoch } = trigger;
        const origin = { why: 'sweep' } as const;
        await applyEvent(id, { type: 'pipelineListed', at: clock.now(), pipeline, epoch, origin });
      }
    }
    return unsettled;
  };
}
