import type { ChildReading } from '../../domain/trigger/child-pipeline.ts';
import type { ReadingPurpose } from '../../domain/trigger/child-reads.ts';
import { wantsBridges } from '../../domain/trigger/child-reads.ts';
import type { PipelineReading, PipelineWithoutJobs } from '../../domain/trigger/event.ts';
import { failedJobsOf } from '../../domain/trigger/job.ts';
import type { RunningTrigger } from '../../domain/trigger/trigger.ts';
import { isFinished, isRunning, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor, TriggerAccess } from './gitlab-access.ts';
import type { ApplyEvent } from './apply-event.ts';
import { readFamily } from './read-family.ts';
import type { RecallChildren } from './recall-children.ts';
import type { ReadRefused } from './read-refused.ts';
import type { Performer } from './perform.ts';
import type { Meter } from '../ports/meter.ts';
import type { Clock } from '../ports/index.ts';
import type { TriggerNotifier } from './trigger-notifier.ts';

interface Deps {
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly recallChildren: RecallChildren;
  readonly readRefused: ReadRefused;
  readonly waiters: Pick<TriggerNotifier, 'count'>;
  readonly clock: Clock;
  readonly meter: Meter;
  /** How long a trigger may go without an update. */
  readonly quietMs: number;
}

/** Reads the state of a trigger's pipeline and decides on it. */
export const createConfirmPipeline = ({
  accessFor,
  applyEvent,
  recallChildren,
  readRefused,
  waiters,
  clock,
  meter,
  quietMs,
}: Deps): Performer =>
  async function confirmPipeline(trigger, why = 'sweep') {
    if (!isRunning(trigger)) return;
    const access = await accessFor(trigger);
    // The ends of the failed jobs' logs are read for callers that wait now; a caller's own token is erased afterwards.
    const traces = access.isCallers || waiters.count(trigger.id) > 0;
    const isSweep = why === 'sweep';
    if (isSweep) meter.sweepRead();
    try {
      const purpose = { isSweep, traces, quietMs, now: clock.now() };
      const read = await readOrUseLastKnown(trigger, access, purpose);
      const { id, epoch } = trigger;
      const event = { type: 'pipelineRead', at: clock.now(), ...read, epoch, origin: { why } } as const;
      const after = await applyEvent(id, event);
      await recallChildren(trigger, after);
      if (isSweep && isFinished(after)) meter.sweepRecovered();
    } catch (error) {
      await readRefused(trigger, access.gitlab, error, why);
    }
  };

interface Purpose extends ReadingPurpose {
  readonly quietMs: number;
  readonly now: number;
}

interface Read {
  readonly pipeline: PipelineReading | PipelineWithoutJobs;
  readonly children: readonly ChildReading[];
}

/** Reads the pipeline and what is to be known of its children; without a token that may, what webhooks have shown has to do. */
export async function readOrUseLastKnown(
  trigger: RunningTrigger,
  { gitlab, mayRead }: TriggerAccess,
  purpose: Purpose,
): Promise<Read> {
  const { jobs, state } = trigger;
  if (!mayRead)
    return { pipeline: { ...state.pipeline, jobs, failedJobs: failedJobsOf(jobs) }, children: [] };
  const { id } = state.pipeline;
  const pipeline = await gitlab.readPipeline(projectOf(trigger, state.pipeline), id, {
    traces: purpose.traces,
    bridges: wantsBridges(trigger, purpose.quietMs),
    mayLackJobs: true,
  });
  const { children } = await readFamily(gitlab, trigger, pipeline, purpose);
  return { pipeline, children };
}
