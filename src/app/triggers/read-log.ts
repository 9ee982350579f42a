import { AppError } from '../../domain/error.ts';
import type { Job } from '../../domain/trigger/job.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf, projectOf } from '../../domain/trigger/trigger.ts';
import type { PipelineId } from '../../domain/ids.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { GitLab } from '../ports/index.ts';

/** A job and its log. */
export interface JobLog {
  readonly job: Job;
  /** In pieces, as they arrive. */
  readonly trace: AsyncIterable<string>;
}

/**
 * The logs of a trigger's jobs one after the other, in pipeline order, those of child pipelines last; on request those of
 * failed jobs only.
 * @throws AppError `gitlab_refused`, `gitlab_unavailable`
 */
export type ReadLog = (
  trigger: Trigger,
  options: { readonly failedOnly: boolean },
) => AsyncGenerator<JobLog, void>;

export const createReadLog = ({ accessFor }: { readonly accessFor: AccessFor }): ReadLog =>
  async function* readLog(trigger, { failedOnly }) {
    const pipeline = pipelineOf(trigger);
    if (pipeline === null) return;
    const { gitlab, mayRead } = await accessFor(trigger);
    if (!mayRead) throw new AppError('gitlab_refused', 'there is no GitLab token to read logs');
    const own = { id: pipeline.id, project: projectOf(trigger, pipeline), child: null };
    const theirs = (trigger.children ?? [])
      .filter(({ status }) => !failedOnly || status === 'failed')
      .map((child) => ({ id: child.id, project: String(child.projectId), child }));
    for (const { id, project, child } of [own, ...theirs]) {
      for (const job of await jobsOf(gitlab, { id, project, isChild: child !== null }))
        if (!failedOnly || job.status === 'failed')
          yield {
            job: child === null ? job : { ...job, pipelineId: id },
            trace: await traceOf(() => gitlab.readTrace(project, job.id)),
          };
    }
  };

interface LoggedPipeline {
  readonly id: PipelineId;
  readonly project: string;
  readonly isChild: boolean;
}

/** A child pipeline that GitLab does not show has no logs for us. */
async function jobsOf(
  gitlab: Pick<GitLab, 'readPipeline'>,
  { id, project, isChild }: LoggedPipeline,
): Promise<readonly Job[]> {
  try {
    return (await gitlab.readPipeline(project, id, { traces: false })).jobs;
  } catch (error) {
    if (!isChild || !isRefusal(error)) throw error;
    return [];
  }
}

/** A job without a log, or a bridge, has none to read. */
async function traceOf(read: () => Promise<AsyncIterable<string>>): Promise<AsyncIterable<string>> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return noPieces();
    throw error;
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* noPieces(): AsyncGenerator<string> {
  yield* [];
}
