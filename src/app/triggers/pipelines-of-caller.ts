import { mayPlayIn } from '../../domain/trigger/family.ts';
import type { PipelineId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf, projectOf } from '../../domain/trigger/trigger.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { GitLab, JobArtifacts } from '../ports/index.ts';

/** A pipeline of a trigger, and how its project is named to GitLab. */
interface OwnedPipeline {
  readonly id: PipelineId;
  readonly project: string;
  readonly isChild: boolean;
}

/** The pipelines whose files the caller of a trigger may have: those of another project only where they may trigger it. */
export function pipelinesOfCaller(trigger: Trigger): readonly OwnedPipeline[] {
  const pipeline = pipelineOf(trigger);
  if (pipeline === null) return [];
  const running = { ...trigger, state: { kind: 'running', pipeline } } as const;
  return [
    { id: pipeline.id, project: projectOf(trigger, pipeline), isChild: false },
    ...(trigger.children ?? [])
      .filter((child) => child.projectId > 0 && mayPlayIn(running, child))
      .map((child) => ({ id: child.id, project: String(child.projectId), isChild: true })),
  ];
}

/** A job of a trigger, and where it is. */
export interface OwnedJob extends JobArtifacts {
  readonly project: string;
  /** The child pipeline that it is in; null for the trigger's own. */
  readonly childId: PipelineId | null;
}

/** The latest jobs of these pipelines. A child pipeline that GitLab does not show has none for us. */
export async function jobsOfPipelines(
  gitlab: Pick<GitLab, 'jobArtifacts'>,
  pipelines: readonly OwnedPipeline[],
): Promise<readonly OwnedJob[]> {
  const jobs: OwnedJob[] = [];
  for (const { id, project, isChild } of pipelines) {
    const rows = await gitlab.jobArtifacts(project, id).catch((error: unknown) => {
      if (!isChild || !isRefusal(error)) throw error;
      return [];
    });
    jobs.push(...rows.map((row) => ({ ...row, project, childId: isChild ? id : null })));
  }
  return jobs;
}
