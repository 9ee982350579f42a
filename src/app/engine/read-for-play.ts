import type { PipelineReading } from '../../domain/trigger/event.ts';
import type { JobId } from '../../domain/ids.ts';
import { isPlayable } from '../../domain/trigger/job.ts';
import type { PlayedJob, RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { projectOf } from '../../domain/trigger/trigger.ts';
import type { TriggerAccess } from './gitlab-access.ts';
import type { TriggerNotifier } from './trigger-notifier.ts';

/** The state of a pipeline before a play. */
export interface PlayReading {
  readonly pipeline: PipelineReading;
  /** The trigger's epoch when the read began. */
  readonly epoch: number;
}

export type ReadForPlay = (access: TriggerAccess, trigger: RunningTrigger) => Promise<PlayReading>;

interface Deps {
  readonly waiters: Pick<TriggerNotifier, 'count'>;
}

/** The plays of a trigger that GitLab has not answered yet. */
export const intendedOf = ({ played }: Trigger): readonly PlayedJob[] =>
  played.filter(({ progress }) => progress === 'intended');

/** Whether GitLab showed the job waiting to be played. */
export const isWaiting = ({ pipeline }: PlayReading, jobId: JobId): boolean =>
  pipeline.jobs.some((job) => job.id === jobId && isPlayable(job));

/**
 * Reads the pipeline with everything that a play depends on. Jobs are read by the lists, since GitLab shows no single
 * bridge. Bridges matter to whether the pipeline is at a standstill, and to a play that a person requested only where
 * the job is one.
 */
export const createReadForPlay = ({ waiters }: Deps): ReadForPlay =>
  async function readForPlay({ gitlab, isCallers }, trigger) {
    const { id, epoch, state } = trigger;
    const project = projectOf(trigger, state.pipeline);
    // A failed pipeline may end the trigger: see confirm-pipeline.ts for the use of the logs.
    const traces = isCallers || waiters.count(id) > 0;
    const read = (bridges: boolean): Promise<PipelineReading> =>
      gitlab.readPipeline(project, state.pipeline.id, { traces, bridges });
    const intended = intendedOf(trigger);
    const isAutomatic = intended.some(({ isRequested }) => isRequested !== true);
    const first = await read(isAutomatic);
    const isBridge = (job: PlayedJob): boolean => first.jobs.every((shown) => shown.id !== job.id);
    const pipeline = !isAutomatic && intended.some(isBridge) ? await read(true) : first;
    return { pipeline, epoch };
  };
