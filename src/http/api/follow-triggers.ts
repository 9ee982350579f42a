import { hash } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { TriggerView } from '../../api/trigger-view.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import type { Clock, TriggerStore } from '../../app/ports/index.ts';
import { createTriggerFeed } from '../../app/triggers/trigger-feed.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerNow, callerOf } from '../middleware/authenticate.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import type { RequestSignal, StreamSource } from '../middleware/streaming.ts';
import { eventStreamType, eventText, streamFrom } from '../middleware/streaming.ts';
import { lastEventIdOf } from './events.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'lastSequence' | 'changedAfter'>;
  readonly waiters: Pick<TriggerNotifier, 'subscribeAll'>;
  readonly authenticate: Authenticate;
  readonly eventStreams: EventStreams;
  readonly signalOf: RequestSignal;
  readonly clock: Clock;
  readonly view: (trigger: Trigger) => TriggerView;
}

/** Changes within this time are read together: a webhook leads to several of one trigger. */
const togetherMs = 100;
/** Of so many triggers it is remembered what the reader was shown last. */
const mostShown = 1_000;

/** `GET /v1/events`: the triggers that `GET /v1/triggers` lists for the caller, each as it is now whenever it changes. */
export function followTriggers({
  store,
  waiters,
  authenticate,
  eventStreams,
  signalOf,
  clock,
  view,
}: Deps): RequestHandler {
  return async function streamTriggers(request, response) {
    const caller = await callerOf(request, authenticate);
    const feed = createTriggerFeed({ store, waiters }, caller, lastEventIdOf(request));
    const looksOther = createShownTriggers();
    // The id of a comment has a client go on from there, though nothing of what changed was for it.
    const comment = (): string => `: still here\nid: ${feed.position() ?? 0}\n\n`;
    let isFirst = true;

    const source: StreamSource = {
      subscribe: feed.subscribe,
      comment,
      async take() {
        const { items, isMore } = await feed.next();
        const events = items.flatMap(({ trigger, sequence }) => {
          const data = view(trigger);
          const isOther = looksOther(data);
          return sequence === null && !isOther
            ? []
            : [eventText({ id: sequence ?? undefined, name: 'trigger', data })];
        });
        const end = isFirst ? comment() : '';
        isFirst = false;
        return { text: events.join('') + end, next: isMore ? 'more' : 'wait' };
      },
    };

    const recheck = (): Promise<unknown> => callerNow(request, authenticate);
    await eventStreams.run({ caller, recheck, over: signalOf(response) }, (over) =>
      streamFrom(response, source, { contentType: eventStreamType, clock, over, togetherMs }),
    );
  };
}

/** @returns whether a trigger differs from what was shown of it last, but for the time of its change and its waiters */
function createShownTriggers(): (trigger: TriggerView) => boolean {
  const digests = new Map<string, string>();
  return function looksOther({ updatedAt: _updatedAt, waiters: _waiters, ...shown }) {
    const before = digests.get(shown.id);
    const digest = hash('sha256', JSON.stringify(shown), 'base64');
    digests.delete(shown.id);
    digests.set(shown.id, digest);
    const [oldest] = digests.keys();
    if (digests.size > mostShown && oldest !== undefined) digests.delete(oldest);
    return digest !== before;
  };
}
