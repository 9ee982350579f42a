import type { ChildReading } from '../../domain/trigger/child-pipeline.ts';
import { holdingChildren } from '../../domain/trigger/child.ts';
import { isMoving } from '../../domain/trigger/family.ts';
import type { PipelineReading } from '../../domain/trigger/event.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { isPlayable } from '../../domain/trigger/job.ts';
import type { PlayedJob, RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { projectOf } from '../../domain/trigger/trigger.ts';
import type { TriggerAccess } from './gitlab-access.ts';
import type { Clock } from '../ports/index.ts';
import { readFamily } from './read-family.ts';
import type { TriggerNotifier } from './trigger-notifier.ts';

/** The state of a pipeline before a play. */
export interface PlayReading {
  readonly pipeline: PipelineReading;
  readonly children: readonly ChildReading[];
  /** The trigger with its child pipelines as they were read. */
  readonly seen: RunningTrigger;
  /** The trigger's epoch when the read began. */
  readonly epoch: number;
}

export type ReadForPlay = (
  access: TriggerAccess,
  trigger: RunningTrigger,
  job: Pick<PlayedJob, 'id' | 'pipelineId'>,
) => Promise<PlayReading>;

interface Deps {
  readonly waiters: Pick<TriggerNotifier, 'count'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The plays of a trigger that GitLab has not answered yet. */
export const intendedOf = ({ played }: Trigger): readonly PlayedJob[] =>
  played.filter(({ progress }) => progress === 'intended');

/** The pipeline that a job is in, as it was read; why GitLab does not show it; null: it is not among the trigger's any more. */
export function pipelineWith(
  { pipeline, children }: PlayReading,
  { pipelineId }: Pick<PlayedJob, 'pipelineId'>,
): Pick<PipelineReading, 'status' | 'jobs'> | { readonly unreadable: string } | null {
  return pipelineId === undefined ? pipeline : (children.find(({ id }) => id === pipelineId) ?? null);
}

/** Whether GitLab showed the job waiting to be played. */
export function isWaiting(reading: PlayReading, job: Pick<PlayedJob, 'id' | 'pipelineId'>): boolean {
  const shown = pipelineWith(reading, job);
  return (
    shown !== null && 'jobs' in shown && shown.jobs.some((each) => each.id === job.id && isPlayable(each))
  );
}

/** So many other child pipelines that run are read before a play: a job may just have failed in one. */
const mostOthers = 10;

/**
 * Reads the pipelines with everything that a play depends on. Jobs are read by the lists, since GitLab shows no single
 * bridge. Bridges matter to whether a pipeline is at a standstill and to what has become of its children, and to a play
 * that a person requested only where the job is one.
 */
export const createReadForPlay = ({ waiters, clock }: Deps): ReadForPlay =>
  async function readForPlay({ gitlab, isCallers }, trigger, job) {
    const { id, epoch, state } = trigger;
    const project = projectOf(trigger, state.pipeline);
    // A failed pipeline may end the trigger: see confirm-pipeline.ts for the use of the logs.
    const traces = isCallers || waiters.count(id) > 0;
    const read = (bridges: boolean | undefined): Promise<PipelineReading> =>
      gitlab.readPipeline(project, state.pipeline.id, { traces, bridges });
    const isAutomatic = intendedOf(trigger).some(({ isRequested }) => isRequested !== true);
    const mayHaveBridges = trigger.bridges !== 'none';
    const first = await read(mayHaveBridges && (isAutomatic || job.pipelineId !== undefined));
    const isBridge = job.pipelineId === undefined && first.jobs.every((shown) => shown.id !== job.id);
    const pipeline = first.showsBridges !== true && mayHaveBridges && isBridge ? await read(true) : first;
    const own = job.pipelineId === undefined ? [] : [job.pipelineId];
    const others = (seen: RunningTrigger) => (isAutomatic ? othersThatRun(seen, job.pipelineId) : []);
    const always = (seen: RunningTrigger): readonly PipelineId[] => [...own, ...others(seen)];
    const purpose = { isSweep: false, traces: false, now: clock.now(), always };
    return { pipeline, ...(await readFamily(gitlab, trigger, pipeline, purpose)), epoch };
  };

const othersThatRun = ({ children, state }: RunningTrigger, pipelineId?: PipelineId): readonly PipelineId[] =>
  holdingChildren(children, state.pipeline.id)
    .filter((child) => child.id !== pipelineId && isMoving(child))
    .map(({ id }) => id)
    .slice(0, mostOthers);
