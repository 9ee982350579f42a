import type { Clock } from '../../app/ports/index.ts';
import { Failure } from '../../client/errors.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';
import type { ServiceAddress, VerdictQuery } from './command.ts';
import type { Progress, Session } from './progress.ts';
import type { ServiceTrigger } from './service-answer.ts';
import { failedJobsIn, triggerIn } from './service-answer.ts';
import { serviceArtifacts } from './service-artifacts.ts';
import { createServiceClient } from './service-client.ts';

interface Deps {
  readonly clock: Clock;
  readonly note: (message: string) => void;
}

/** A service that is about to stop does not hold the request. */
const pauseMs = 1_000;

interface Verdict {
  readonly trigger: ServiceTrigger;
  readonly failedJobs: readonly FailedJob[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** A success is the trigger itself, all else a problem that has it. */
function verdictIn(body: unknown): Verdict {
  const trigger = triggerIn(isRecord(body) && 'trigger' in body ? body['trigger'] : body);
  if (trigger === null) throw new Failure('the service does not answer with a trigger');
  return { trigger, failedJobs: failedJobsIn(body) };
}

/** Asks the service how the triggers of a gate ended, and waits for it where one of them has not. */
export function openVerdictSession(
  { project, pipelineId, gate }: VerdictQuery,
  address: ServiceAddress,
  { clock, note }: Deps,
): Session {
  const client = createServiceClient({ address, clock, note });
  const query = new URLSearchParams({ project, pipelineId: String(pipelineId), gate }).toString();
  let verdict: Verdict | null = null;

  async function* follow(signal: AbortSignal): AsyncGenerator<Progress> {
    while (!signal.aborted) {
      const answer = await client.ask(`/v1/verdict?${query}`, { signal });
      if (answer.headers.get('pipeline-trigger-state') === 'pending') {
        await answer.body?.cancel();
        await clock.sleep(pauseMs, signal);
        continue;
      }
      verdict = verdictIn(await answer.json());
      const { pipelineId: id, pipelineStatus, webUrl, outcome, reason } = verdict.trigger;
      if (id !== null) yield { type: 'status', pipelineId: id, status: pipelineStatus ?? '', webUrl };
      if (outcome === null) throw new Failure('the service does not answer with an outcome');
      yield { type: 'outcome', outcome, reason, failedJobs: [] };
      return;
    }
  }

  return {
    mayRead: true,
    isRemote: true,
    follow,
    cancel: () => Promise.reject(new Failure('a verdict cannot be canceled')),
    failedJobs: () => Promise.resolve(verdict?.failedJobs ?? []),
    logs: () => Promise.resolve([]),
    artifacts: serviceArtifacts(client, () => verdict?.trigger.id ?? null),
    show: () => Promise.resolve(verdict?.trigger ?? null),
    close: () => undefined,
  };
}
