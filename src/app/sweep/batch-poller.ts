import { outstanding } from '../../domain/trigger/decide.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import type { ApplyEvent, Perform } from '../engine/apply-event.ts';
import type { Meter } from '../ports/meter.ts';
import type { Performer } from '../engine/perform.ts';
import type { Clock, Log, TriggerStore } from '../ports/index.ts';
import { traceSweep } from '../traced.ts';
import type { Tracer } from '../ports/tracer.ts';
import { createAgenda } from './poll-schedule.ts';
import { findQuietWith } from './quiet-triggers.ts';
import { createLanes } from './per-host-concurrency.ts';
import type { Lookout } from './exact-poller.ts';
import { lookAtListWith } from './poll-project-list.ts';
import { lookAtPartyWith } from './poll-batch.ts';
import type { Party } from './batches.ts';
import { partiesOf } from './batches.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'quietVersions'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly perform: Perform;
  readonly confirm: Performer;
  readonly clock: Clock;
  readonly log: Log;
  readonly quietMs: number;
  readonly random: () => number;
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
}

/** How many reads are under way at once, for each GitLab. */
const readsAtOnce = 4;
/** After a limit those that it kept waiting come over ten times as long, at most over `quietMs`. */
const afterLimit = 10;

/** Each trigger once in the time, with as few requests as will do. Decision: docs/decisions/0005 */
export function createThriftyLookout(deps: Deps): Lookout {
  const { store, accessFor, applyEvent, perform, confirm, clock, log, quietMs, random, signal, meter } = deps;
  const findQuiet = findQuietWith(store);
  const startedAt = clock.now();
  const agenda = createAgenda({ quietMs, startedAt, random });
  const lanes = createLanes(readsAtOnce);
  const underWay = new Set<TriggerId>();
  const look = lookAtPartyWith({
    store,
    accessFor,
    confirm,
    log,
    signal,
    lookAtList: lookAtListWith({ applyEvent, clock, meter }),
    retry: ({ id }) => agenda.retry(id, clock.now()),
    postpone(triggers, waitMs) {
      const spreadMs = Math.min(waitMs * afterLimit, quietMs);
      for (const { id } of triggers) agenda.postpone(id, clock.now() + waitMs + random() * spreadMs);
    },
  });
  const lookAtParty = traceSweep(deps.tracer, look);

  const needsLook = (trigger: Trigger): boolean =>
    outstanding(trigger).some(({ type }) => type === 'confirm');

  function send(party: Party): void {
    const [first] = party;
    if (first === undefined) return;
    for (const { id } of party) underWay.add(id);
    lanes.add(first.request.gitlabUrl, async () => {
      if (!signal.aborted) await lookAtParty(party);
      for (const { id } of party) underWay.delete(id);
    });
  }

  return {
    async lookAfter(now) {
      // Half the time early, for a list tells about those too whose turn comes soon; after a start all of them.
      const quiet = await findQuiet(Math.max(now - quietMs / 2, startedAt));
      agenda.note(quiet, now);
      const free = quiet.filter(({ id }) => !underWay.has(id));
      const due = free.filter(({ id }) => agenda.isDue(id, now));
      const parties = partiesOf(due, free);
      for (const trigger of parties.flat()) agenda.takeUp(trigger, now);
      for (const party of parties) {
        if (party.every(needsLook)) send(party);
        else for (const trigger of party) perform(trigger.id, outstanding(trigger));
      }
    },
    idle: lanes.idle,
  };
}
