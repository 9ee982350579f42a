import { AppError } from '../../domain/error.ts';
import type { Job } from '../../domain/trigger/job.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';

/** A job and its log. */
export interface JobLog {
  readonly job: Job;
  /** In pieces, as they arrive. */
  readonly trace: AsyncIterable<string>;
}

/**
 * The logs of a trigger's jobs one after the other, in pipeline order; on request those of failed jobs only.
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
    const project = projectOf(trigger, pipeline);
    const { jobs } = await gitlab.readPipeline(project, pipeline.id, { traces: false });
    for (const job of jobs)
      if (!failedOnly || job.status === 'failed')
        yield { job, trace: await traceOf(() => gitlab.readTrace(project, job.id)) };
  };

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
