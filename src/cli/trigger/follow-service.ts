import { backoffMs } from '../../domain/backoff.ts';
import type { Clock } from '../../app/ports/index.ts';
import { Failure } from '../../client/errors.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { SeenEntries, ServiceTrigger } from './service-answer.ts';
import { createSeenEntries, triggerIn } from './service-answer.ts';
import type { StreamTimeouts } from './event-stream.ts';
import { StreamHeldBack, streamOnce } from './event-stream.ts';
import type { ServiceClient } from './service-client.ts';

interface Options extends Partial<StreamTimeouts> {
  readonly client: ServiceClient;
  readonly id: TriggerId;
  readonly clock: Clock;
  readonly note: (message: string) => void;
  readonly signal: AbortSignal;
}

/** After so many empty streams in a row, while the service can be reached, a proxy must be dropping the events. */
const mostSilentStreams = 3;

/** A trigger as the service shows it now. @throws Failure */
export async function showTrigger(
  client: ServiceClient,
  id: TriggerId,
  signal?: AbortSignal,
): Promise<ServiceTrigger> {
  const answer = await client.ask(`/v1/triggers/${id}`, signal === undefined ? {} : { signal });
  const trigger = triggerIn(await answer.json());
  if (trigger === null) throw new Failure('the service does not answer with a trigger');
  return trigger;
}

/**
 * Follows a trigger until its outcome, across restarts of the service and of proxies: by its events, resumed where they
 * broke off, or by waiting requests where a proxy does not pass events on.
 * @throws Failure
 */
export async function* followService(options: Options): AsyncGenerator<TimelineEntry> {
  const { client, id, clock, note, signal, firstMs = 20_000, nextMs = 45_000 } = options;
  const seen = createSeenEntries();
  let lastEventId = '0';
  for (let silent = 0; silent < mostSilentStreams && !signal.aborted;) {
    silent += 1;
    try {
      for await (const { eventId, entry } of streamOnce({
        client,
        id,
        lastEventId,
        signal,
        firstMs,
        nextMs,
      })) {
        silent = 0;
        lastEventId = eventId ?? lastEventId;
        seen.note(entry);
        yield entry;
        if (entry.type === 'outcome') return;
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (error instanceof StreamHeldBack) silent = mostSilentStreams;
    }
    // The client retries this request until the service answers; then the stream is opened again.
    await showTrigger(client, id);
    await clock.sleep(backoffMs(silent, null, Math.random()), signal);
  }
  if (signal.aborted) return;
  note('the events of the service do not come through; waiting for its answer instead');
  yield* waitForOutcome(options, seen);
}

async function* waitForOutcome(
  { client, id, signal }: Options,
  seen: SeenEntries,
): AsyncGenerator<TimelineEntry> {
  while (!signal.aborted) {
    for (const entry of seen.missing(await showTrigger(client, id))) {
      seen.note(entry);
      yield entry;
      if (entry.type === 'outcome') return;
    }
    const answer = await client.ask(`/v1/triggers/${id}/wait?wait=25`, { signal });
    await answer.body?.cancel();
  }
}
