import type { ChildPipeline, ChildReading } from '../../domain/trigger/child-pipeline.ts';
import type { ReadingPurpose } from '../../domain/trigger/child-reads.ts';
import { childrenToRead } from '../../domain/trigger/child-reads.ts';
import type { PipelineReading, PipelineWithoutJobs } from '../../domain/trigger/event.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { phase } from '../../domain/trigger/status.ts';
import { withChildReadings, withOwnBridges } from '../../domain/trigger/see-child.ts';
import type { RunningTrigger } from '../../domain/trigger/trigger.ts';
import type { GitLab } from '../ports/index.ts';
import { isLasting, isRefusal } from '../ports/gitlab-unavailable.ts';
import { limitOf } from '../ports/gitlab-unavailable.ts';

/** What is known of a trigger's pipelines once they were read. */
export interface FamilyRead {
  readonly children: readonly ChildReading[];
  /** The trigger with what was read of its child pipelines. */
  readonly seen: RunningTrigger;
}

interface Options extends ReadingPurpose {
  readonly now: number;
  /** Those that are read in any case, by what is known so far. */
  readonly always?: (seen: RunningTrigger) => readonly PipelineId[];
}

/**
 * Reads one child pipeline. One that GitLab does not show is shown as such.
 * @throws what is no answer of GitLab
 */
export async function readChild(
  gitlab: Pick<GitLab, 'readPipeline'>,
  { id, projectId, hasBridges }: ChildPipeline,
  { traces, bridges = hasBridges !== false }: { readonly traces: boolean; readonly bridges?: boolean },
): Promise<ChildReading> {
  try {
    const {
      status,
      jobs,
      failedJobs,
      showsBridges = false,
    } = await gitlab.readPipeline(String(projectId), id, {
      traces,
      bridges,
    });
    const theirs = failedJobs.map((job) => ({ ...job, pipelineId: id }));
    return { id, status, jobs, failedJobs: theirs, showsBridges };
  } catch (error) {
    if (!isRefusal(error) || isLasting(error)) throw error;
    return { id, unreadable: error.message };
  }
}

/**
 * Reads the child pipelines of a trigger of which more is to be known than their parents' bridges show.
 * @throws what is no answer of GitLab, unless the pipeline has ended: its own status is the verdict then
 */
export async function readFamily(
  gitlab: Pick<GitLab, 'readPipeline'>,
  trigger: RunningTrigger,
  pipeline: PipelineReading | PipelineWithoutJobs,
  options: Options,
): Promise<FamilyRead> {
  const { now, always = () => [] } = options;
  const root = { ...trigger.state.pipeline, status: pipeline.status };
  const current: RunningTrigger = { ...trigger, state: { kind: 'running', pipeline: root } };
  let seen = withOwnBridges(current, pipeline, now);
  const children: ChildReading[] = [];
  const readIds = new Set<PipelineId>();
  const next = (): ChildPipeline | undefined => {
    const due = always(seen).find(
      (id) => !readIds.has(id) && seen.children?.some((child) => child.id === id),
    );
    return seen.children?.find(({ id }) => id === due) ?? childrenToRead(seen, readIds, options)[0];
  };
  for (let child = next(); child !== undefined; child = next()) {
    readIds.add(child.id);
    try {
      const reading = await readChild(gitlab, child, options);
      children.push(reading);
      seen = withChildReadings(seen, [reading], now);
    } catch (error) {
      if (limitOf(error) !== null || phase(pipeline.status) !== 'complete') throw error;
    }
  }
  return { children, seen };
}
