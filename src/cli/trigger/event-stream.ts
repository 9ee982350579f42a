import { readEvents } from '../../client/read-events.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import { entryIn } from './service-answer.ts';
import type { ServiceClient } from './service-client.ts';

/** How long a stream may be silent. The service sends a comment every 15 seconds. */
export interface StreamTimeouts {
  /** The time until the first byte: a proxy that takes longer buffers the whole stream. */
  readonly firstMs: number;
  readonly nextMs: number;
}

interface Options extends StreamTimeouts {
  readonly client: ServiceClient;
  readonly id: TriggerId;
  readonly lastEventId: string;
  readonly signal: AbortSignal;
}

/** An entry, and the id to resume after it. */
export interface StreamEntry {
  readonly eventId: string | null;
  readonly entry: TimelineEntry;
}

/** A proxy buffers the events. */
export class StreamHeldBack extends Error {}

/**
 * One stream of events, from after the last one received, until it breaks off or the outcome has arrived.
 * @throws Failure when the service refuses, StreamHeldBack; any other error when the stream breaks off
 */
export async function* streamOnce(options: Options): AsyncGenerator<StreamEntry> {
  const { client, id, lastEventId, signal, firstMs, nextMs } = options;
  const silence = new AbortController();
  let hasBegun = false;
  let timer = setTimeout(() => silence.abort(), firstMs);
  try {
    const response = await client.once(`/v1/triggers/${id}/events`, {
      headers: { accept: 'text/event-stream', 'last-event-id': lastEventId },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    for await (const item of readEvents(response.body ?? emptyBody())) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), nextMs);
      hasBegun = true;
      client.heard();
      const entry = item.kind === 'event' ? entryIn(item.name, item.data) : null;
      if (item.kind === 'event' && entry !== null) yield { eventId: item.id, entry };
    }
  } catch (error) {
    throw silence.signal.aborted && !hasBegun ? new StreamHeldBack() : error;
  } finally {
    clearTimeout(timer);
  }
}

const emptyBody = (): ReadableStream<Uint8Array> => new Blob([]).stream();
