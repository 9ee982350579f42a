import type { Request, RequestHandler, Response } from 'express';
import type { PageUrlOf } from '../../api/approval-view.ts';
import { approvalView } from '../../api/approval-view.ts';
import { isoOf } from '../../api/time.ts';
import type { Presence } from '../../app/diagnostics/presence.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import type { Clock, RecordedEntry, TriggerStore } from '../../app/ports/index.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import { createTimelineReader } from '../../app/triggers/read-timeline.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerNow } from '../middleware/authenticate.ts';
import { addressOf } from '../middleware/client-address.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import type { RequestSignal, StreamPart } from '../middleware/streaming.ts';
import { eventStreamType, eventText, streamFrom } from '../middleware/streaming.ts';
import { createTurns } from '../middleware/turns.ts';
import type { FindTrigger } from './find-trigger.ts';

interface StreamDeps {
  readonly pageUrlOf: PageUrlOf;
  readonly store: Pick<TriggerStore, 'timeline'>;
  readonly waiters: Pick<TriggerNotifier, 'subscribe'>;
  readonly clock: Clock;
}

interface TriggerStream extends StreamDeps {
  readonly trigger: Trigger;
  readonly turn: () => Promise<void>;
  /** Aborts when the caller hangs up or loses its rights, or the service stops. */
  readonly over: AbortSignal;
}

interface Deps extends StreamDeps {
  readonly find: FindTrigger;
  readonly authenticate: Authenticate;
  readonly presence: Presence;
  readonly eventStreams: EventStreams;
  readonly signalOf: RequestSignal;
}

/** `GET /v1/triggers/{id}/events` */
export function followEvents({
  find,
  authenticate,
  presence,
  eventStreams,
  signalOf,
  ...deps
}: Deps): RequestHandler {
  // Callers of one trigger are woken together, and each reads.
  const turn = createTurns();
  return async function streamEventsOf(request, response) {
    const { id, caller, trigger } = await find(request);
    const waiting = { caller: caller.id, from: addressOf(request) };
    const recheck = (): Promise<unknown> => callerNow(request, authenticate);
    await eventStreams.run({ caller, recheck, over: signalOf(response) }, (over) =>
      presence.withPresence(id, waiting, () =>
        streamEvents(request, response, { ...deps, trigger, turn, over }),
      ),
    );
  };
}

interface Format {
  readonly contentType: string;
  readonly entry: (recorded: RecordedEntry, pageUrl: string) => string;
  readonly comment: string;
}

const serverSentEvents: Format = {
  contentType: eventStreamType,
  entry: ({ sequence, at, entry }, pageUrl) => {
    const { type, ...data } = entry.type === 'approval' ? approvalData(entry, pageUrl) : entry;
    return eventText({ id: sequence, name: type, data: { ...data, at: isoOf(at) } });
  },
  comment: ': still here\n\n',
};

const plainText: Format = {
  contentType: 'text/plain; charset=utf-8',
  entry: ({ entry }) => `${plainLine(lineFor(entry))}\n`,
  comment: '# still waiting\n',
};

const approvalData = (entry: Extract<TimelineEntry, { type: 'approval' }>, pageUrl: string) => ({
  type: entry.type,
  ...approvalView(entry, pageUrl),
});

/** One line of plain text for each entry; the last one is the result. */
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
    case 'approval':
      return `approval: ${entry.job}`;
    case 'outcome':
      return `result: ${entry.outcome}`;
    default:
      return entry satisfies never;
  }
}

/** The event after which a caller goes on; null when it names none. */
export function lastEventIdOf(request: Request): number | null {
  const text = request.get('last-event-id') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/**
 * Streams the history of a trigger and all further changes, until its outcome.
 * @throws errors of the store before anything is sent; after that the stream is cut, so that the caller resumes it
 */
async function streamEvents(
  request: Request,
  response: Response,
  { trigger, turn, over, store, waiters, clock, pageUrlOf }: TriggerStream,
): Promise<void> {
  const pageUrl = pageUrlOf(trigger.id);
  const format =
    request.accepts(['text/event-stream', 'text/plain']) === 'text/plain' ? plainText : serverSentEvents;
  const seen = lastEventIdOf(request) ?? 0;
  const timeline = createTimelineReader(store, trigger.id, seen);
  if (seen > 0 && isFinished(trigger) && (await timeline.isUnchanged())) {
    // After a 204 an EventSource does not connect again.
    if (format === serverSentEvents) response.status(204);
    else response.type(format.contentType);
    response.set('cache-control', 'no-store').end();
    return;
  }
  async function take(): Promise<StreamPart> {
    await turn();
    const { entries, next } = await timeline.next();
    return { text: entries.map((entry) => format.entry(entry, pageUrl)).join(''), next };
  }

  await streamFrom(
    response,
    {
      subscribe: (wake) => waiters.subscribe(trigger.id, wake),
      take,
      comment: () => format.comment,
    },
    { contentType: format.contentType, clock, over },
  );
}
