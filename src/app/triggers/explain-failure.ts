import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { projectOfChild } from '../../domain/trigger/family.ts';
import { pipelineOf, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import type { ApplyEvent } from '../engine/apply-event.ts';
import type { Clock } from '../ports/index.ts';

/** Adds the ends of its failed jobs' logs to a failed trigger, unless it has them. Does not throw where they are missing. */
export type ExplainFailure = (trigger: Trigger) => Promise<Trigger>;

interface Deps {
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
}

export function createExplainFailure({ accessFor, applyEvent, clock }: Deps): ExplainFailure {
  /** Ten thousand callers may ask concurrently: the service reads GitLab once for all of them. */
  const underWay = new Map<TriggerId, Promise<Trigger>>();

  async function explain(trigger: Trigger): Promise<Trigger> {
    const pipeline = pipelineOf(trigger);
    if (trigger.state.kind !== 'finished' || pipeline === null) return trigger;
    const { gitlab, mayRead } = await accessFor(trigger);
    if (!mayRead) return trigger;
    const own = projectOf(trigger, pipeline);
    const byProject = Map.groupBy(
      trigger.state.failedJobs,
      ({ pipelineId }) => projectOfChild(trigger, pipelineId) ?? own,
    );
    const explained = await Promise.all(
      [...byProject].map(([project, jobs]) => gitlab.withTraces(project, jobs)),
    );
    const byId = new Map(explained.flat().map((job) => [job.id, job]));
    const failedJobs = trigger.state.failedJobs.map((job) => byId.get(job.id) ?? job);
    return applyEvent(trigger.id, { type: 'tracesRead', at: clock.now(), failedJobs });
  }

  return async function explainFailure(trigger) {
    const { id, state } = trigger;
    if (state.kind !== 'finished' || state.failedJobs.every(({ traceTail }) => traceTail !== null))
      return trigger;
    const explaining = underWay.get(id) ?? explain(trigger).catch(() => trigger);
    underWay.set(id, explaining);
    return explaining.finally(() => underWay.delete(id));
  };
}
