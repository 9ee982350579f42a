import { AppError } from '../../domain/error.ts';
import type { JobId, PipelineId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { ArtifactContent, GitLab } from '../ports/index.ts';
import type { OwnedJob } from './pipelines-of-caller.ts';
import { jobsOfPipelines, pipelinesOfCaller } from './pipelines-of-caller.ts';

/** A file that a job of a trigger has left. */
interface Artifact {
  readonly jobId: JobId;
  readonly job: string;
  readonly file: string;
  readonly size: number;
  readonly type: string;
  readonly pipelineId?: PipelineId;
}

/** The artifacts of a trigger's jobs. Only jobs of its own pipelines are asked for, whatever a caller names. */
export interface Artifacts {
  /** @throws AppError `gitlab_refused`, `gitlab_unavailable` */
  readonly list: (trigger: Trigger) => Promise<readonly Artifact[]>;
  /**
   * @param job its id, else its name
   * @param path in the archive; null: the archive itself
   * @throws AppError `not_found`, `gitlab_refused`, `gitlab_unavailable`
   */
  readonly read: (
    trigger: Trigger,
    wanted: { readonly job: string; readonly path: readonly string[] | null },
    gone: AbortSignal,
  ) => Promise<ArtifactContent & { readonly job: string }>;
}

const noJob = (): AppError => new AppError('not_found', 'the trigger has no such job');

export function createArtifacts({ accessFor }: { readonly accessFor: AccessFor }): Artifacts {
  async function gitlabFor(trigger: Trigger): Promise<GitLab> {
    const { gitlab, mayRead } = await accessFor(trigger);
    if (!mayRead) throw new AppError('gitlab_refused', 'there is no GitLab token to read artifacts');
    return gitlab;
  }

  /** A run of a job that was run again is not listed, but has an id. */
  async function findEarlier(gitlab: GitLab, trigger: Trigger, id: JobId): Promise<OwnedJob | null> {
    const pipelines = pipelinesOfCaller(trigger);
    for (const project of new Set(pipelines.map((pipeline) => pipeline.project))) {
      const found = await gitlab.artifactsOfJob(project, id).catch(nullIfRefused);
      const owner = pipelines.find((pipeline) => pipeline.id === found?.pipelineId);
      if (found != null && owner !== undefined)
        return { ...found, project, childId: owner.isChild ? owner.id : null };
    }
    return null;
  }

  async function find(gitlab: GitLab, trigger: Trigger, wanted: string): Promise<OwnedJob> {
    const jobs = await jobsOfPipelines(gitlab, pipelinesOfCaller(trigger));
    const isId = /^[1-9]\d{0,14}$/.test(wanted);
    const byId = isId ? jobs.find(({ id }) => id === Number(wanted)) : undefined;
    const [latest] = jobs.filter(({ name }) => name === wanted).toSorted((one, other) => other.id - one.id);
    const found =
      byId ?? latest ?? (isId ? await findEarlier(gitlab, trigger, Number(wanted) as JobId) : null);
    if (found == null) throw noJob();
    return found;
  }

  return {
    list: async (trigger) => {
      const jobs = await jobsOfPipelines(await gitlabFor(trigger), pipelinesOfCaller(trigger));
      return jobs.flatMap(({ id, name, childId, artifacts }) =>
        artifacts.map(({ file, size, type }) => ({
          ...{ job: name, jobId: id, file, size, type },
          ...(childId === null ? {} : { pipelineId: childId }),
        })),
      );
    },
    read: async (trigger, { job, path }, gone) => {
      const gitlab = await gitlabFor(trigger);
      const { project, id, name } = await find(gitlab, trigger, job);
      return { ...(await gitlab.readArtifact(project, id, path, gone)), job: name };
    },
  };
}

function nullIfRefused(error: unknown): null {
  if (isRefusal(error)) return null;
  throw error;
}
