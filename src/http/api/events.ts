import type { Request, Response } from 'express';
import type { Clock, RecordedEntry, TriggerStore } from '../../app/ports/index.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import { writeWithBackpressure } from '../middleware/streaming.ts';

export interface EventDeps {
  readonly store: Pick<TriggerStore, 'timeline'>;
  readonly waiters: Pick<TriggerNotifier, 'subscribe'>;
  readonly clock: Clock;
  /** Aborts when the caller is gone or may not listen any more, or the service stops. */
  readonly over: AbortSignal;
}

/** Proxies cut a silent stream after a minute, some after 30 seconds. */
const commentEveryMs = 15_000;

interface Format {
  readonly contentType: string;
  readonly entry: (recorded: RecordedEntry) => string;
  readonly comment: string;
}

const serverSentEvents: Format = {
  contentType: 'text/event-stream; charset=utf-8',
  entry: ({ sequence, at, entry: { type, ...data } }) =>
    `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify({ ...data, at: new Date(at).toISOString() })}\n\n`,
  comment: ': still here\n\n',
};

const plainText: Format = {
  contentType: 'text/plain; charset=utf-8',
  entry: ({ entry }) => `${plainLine(lineFor(entry))}\n`,
  comment: '# still waiting\n',
};

/** One line of plain text for what happened; the last one is the result. */
function lineFor(entry: TimelineEntry): string {
  switch (entry.type) {
    case 'state':
      return `state: ${entry.state}`;
    case 'status':
      return `status: ${entry.status}`;
    case 'job':
      return `job: ${entry.name} ${entry.status}`;
    case 'played':
      return `played: ${entry.name}`;
    case 'outcome':
      return `result: ${entry.outcome}`;
    default:
      return entry satisfies never;
  }
}

/** Where the caller's last stream ended; 0 for the beginning. */
function lastEventId(request: Request): number {
  const text = request.get('last-event-id') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/**
 * Streams what happened to a trigger and what goes on happening, until its outcome.
 * @throws what the store throws before anything is sent; once the stream has begun it is cut, so that the caller resumes
 */
export async function streamEvents(
  request: Request,
  response: Response,
  id: TriggerId,
  { store, waiters, clock, over }: EventDeps,
): Promise<void> {
  const format =
    request.accepts(['text/event-stream', 'text/plain']) === 'text/plain' ? plainText : serverSentEvents;
  let wake = new AbortController();
  // Join before reading: what happens in between must not be missed.
  const leave = waiters.subscribe(id, () => wake.abort());
  try {
    const seen = lastEventId(request);
    // Read before the head is sent: a database that cannot be read is answered 503.
    const all = await store.timeline(id, 0);
    const isEnded = seen > 0 && isEndSeen(all, seen);
    // 204 tells an EventSource that there is nothing to come back for.
    const isNothing = isEnded && format === serverSentEvents;
    response.status(isNothing ? 204 : 200);
    response.set({
      ...(isNothing ? {} : { 'content-type': format.contentType }),
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    // Who asks with HEAD wants to know what there is, not to have it.
    let recorded: readonly RecordedEntry[] = all.filter(({ sequence }) => sequence > seen);
    let after = seen;
    while (!isEnded && !over.aborted && request.method !== 'HEAD') {
      const { entries, ends } = untilOutcome(recorded);
      after = entries.at(-1)?.sequence ?? after;
      await writeWithBackpressure(response, entries.map(format.entry).join(''), over);
      if (ends) break;
      await pause(response, format.comment, clock, wake.signal, over);
      wake = new AbortController();
      recorded = await store.timeline(id, after);
    }
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    response.destroy();
  } finally {
    leave();
  }
}

/** Whether the caller has seen the outcome already, and nothing came after it. */
function isEndSeen(all: readonly RecordedEntry[], seen: number): boolean {
  const { entries, ends } = untilOutcome(all);
  return ends && (entries.at(-1)?.sequence ?? 0) <= seen;
}

/** The timeline up to its outcome. Entries after it, such as the answer to a late play, change no result. */
function untilOutcome(entries: readonly RecordedEntry[]) {
  // An outcome is not the end where the trigger was set going again: then its state comes after it.
  const last = entries.findLastIndex(({ entry: { type } }) => type === 'state' || type === 'outcome');
  const ends = entries[last]?.entry.type === 'outcome';
  return { entries: ends ? entries.slice(0, last + 1) : entries, ends };
}

/**
 * Waits for the wake, until the next comment at most: comments keep the connection alive, and with each of them the
 * store is read, so that nothing is missed for longer should a notification ever be.
 */
async function pause(
  response: Response,
  comment: string,
  clock: Clock,
  wake: AbortSignal,
  over: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([wake, over]);
  await clock.sleep(commentEveryMs, signal);
  if (!signal.aborted) await writeWithBackpressure(response, comment, over);
}
