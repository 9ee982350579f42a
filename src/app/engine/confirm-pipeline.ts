import type { PipelineReading, PipelineWithoutJobs } from '../../domain/trigger/event.ts';
import { failedJobsOf } from '../../domain/trigger/job.ts';
import type { RunningTrigger } from '../../domain/trigger/trigger.ts';
import { isFinished, isRunning, needsTriggerJobs, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor, TriggerAccess } from './gitlab-access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { ReadRefused } from './read-refused.ts';
import type { Performer } from './perform.ts';
import type { Meter } from '../ports/meter.ts';
import type { Clock } from '../ports/index.ts';
import type { TriggerNotifier } from './trigger-notifier.ts';

interface Deps {
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly readRefused: ReadRefused;
  readonly waiters: Pick<TriggerNotifier, 'count'>;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** Reads the state of a trigger's pipeline and decides on it. */
export const createConfirmPipeline = ({
  accessFor,
  applyEvent,
  readRefused,
  waiters,
  clock,
  meter,
}: Deps): Performer =>
  async function confirmPipeline(trigger, why = 'sweep') {
    if (!isRunning(trigger)) return;
    const access = await accessFor(trigger);
    // The ends of the failed jobs' logs are read for callers that wait now; a caller's own token is erased afterwards.
    const traces = access.isCallers || waiters.count(trigger.id) > 0;
    const isSweep = why === 'sweep';
    if (isSweep) meter.sweepRead();
    try {
      const pipeline = await readOrUseLastKnown(trigger, access, traces);
      const { id, epoch } = trigger;
      const event = { type: 'pipelineRead', at: clock.now(), pipeline, epoch, origin: { why } } as const;
      const after = await applyEvent(id, event);
      if (isSweep && isFinished(after)) meter.sweepRecovered();
    } catch (error) {
      await readRefused(trigger, access.gitlab, error, why);
    }
  };

/** Reads the pipeline; without a token that may read it, uses the last state that webhooks reported. */
export function readOrUseLastKnown(
  trigger: RunningTrigger,
  { gitlab, mayRead }: TriggerAccess,
  traces: boolean,
): Promise<PipelineReading | PipelineWithoutJobs> {
  const { jobs, state } = trigger;
  const { pipeline } = state;
  const options = { traces, bridges: needsTriggerJobs(trigger), mayLackJobs: true } as const;
  if (mayRead) return gitlab.readPipeline(projectOf(trigger, pipeline), pipeline.id, options);
  return Promise.resolve({ ...pipeline, jobs, failedJobs: failedJobsOf(jobs) });
}
