import { messageOf } from '../../domain/error.ts';
import type { PipelineReading } from '../../domain/trigger/event.ts';
import type { Upstream } from '../../domain/trigger/trigger.ts';
import { isOpen } from '../../domain/trigger/trigger.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { Clock, Log } from '../ports/index.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { AccessFor } from './gitlab-access.ts';
import type { Performer } from './perform.ts';

/** Pauses before each read: a replica of GitLab's database may be seconds behind the hook. */
const pausesMs = [0, 2_000, 10_000];

interface Deps {
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly signal: AbortSignal;
}

/** Reads whether a trigger's upstream pipeline, or its job there, was canceled: a webhook proves nothing about it. */
export function createConfirmUpstream({ accessFor, applyEvent, clock, log, signal }: Deps): Performer {
  return async function confirmUpstream(trigger) {
    const { upstream, cancelWithUpstream } = trigger.request;
    if (upstream === null || !cancelWithUpstream || trigger.cancel !== null || !isOpen(trigger)) return;
    const { gitlab, mayRead } = await accessFor(trigger);
    // Without a token that may read there is none that may cancel.
    if (!mayRead) return;
    try {
      for (const pauseMs of pausesMs) {
        if (pauseMs > 0) await clock.sleep(pauseMs, signal);
        if (signal.aborted) return;
        const reading = await gitlab.readPipeline(upstream.project, upstream.pipelineId, { traces: false });
        if (!isCanceled(reading, upstream)) continue;
        await applyEvent(trigger.id, { type: 'upstreamCanceled', at: clock.now() });
        return;
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const fields = { triggerId: trigger.id, upstream: upstream.project, error: messageOf(error) };
      log.warn(fields, 'GitLab does not show the upstream pipeline, which a webhook reports as canceled');
    }
  };
}

const isCanceled = ({ status, jobs }: PipelineReading, { jobId }: Upstream): boolean =>
  status === 'canceled' || jobs.some((job) => job.id === jobId && job.status === 'canceled');
