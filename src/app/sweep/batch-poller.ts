import { outstanding } from '../../domain/trigger/decide.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import type { ApplyEvent, Perform } from '../engine/apply-event.ts';
import type { Meter } from '../ports/meter.ts';
import type { Performer } from '../engine/perform.ts';
import type { Clock, Log, TriggerStore, Stored } from '../ports/index.ts';
import { traceSweep } from '../traced.ts';
import type { Tracer } from '../ports/tracer.ts';
import type { HostRecovery } from '../engine/host-recovery.ts';
import { createPollSchedule, retryMs } from './poll-schedule.ts';
import { createHostConcurrency } from '../concurrency.ts';
import type { Poller } from './exact-poller.ts';
import { createPollProjectList } from './poll-project-list.ts';
import { createPollBatch } from './poll-batch.ts';
import type { Batch } from './batches.ts';
import { batchByProject } from './batches.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'quietVersions'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly perform: Perform;
  readonly confirm: Performer;
  readonly recovery: Pick<HostRecovery, 'waitIdly'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly quietMs: number;
  readonly random: () => number;
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
}

/** The most concurrent reads for each GitLab. */
const concurrentReads = 4;
/** After a rate limit the delayed polls are spread over ten times its duration, at most over `quietMs`. */
const afterLimit = 10;

/** Polls each trigger once per interval, with as few requests as possible. Decision: docs/decisions/0005 */
export function createBatchPoller(deps: Deps): Poller {
  const { store, accessFor, applyEvent, perform, confirm, clock, log, quietMs, random, signal, meter } = deps;
  const { recovery } = deps;
  const findQuietTriggers = createFindQuietTriggers(store);
  const startedAt = clock.now();
  const schedule = createPollSchedule({ quietMs, startedAt, random });
  const concurrency = createHostConcurrency(concurrentReads);
  const underWay = new Set<TriggerId>();
  /** The triggers for which GitLab gave no answer, until they are polled again. */
  const unanswered = new Map<TriggerId, AbortController>();
  const look = createPollBatch({
    store,
    accessFor,
    confirm,
    log,
    signal,
    quietMs,
    pollProjectList: createPollProjectList({ applyEvent, clock, meter }),
    retry({ id, request }) {
      schedule.retry(id, clock.now());
      const isTakenUp = new AbortController();
      unanswered.set(id, isTakenUp);
      const until = AbortSignal.any([signal, isTakenUp.signal]);
      void recovery.waitIdly(request.gitlabUrl, retryMs, until).then((isAnswering) => {
        if (isAnswering) schedule.hasten(id, clock.now());
        if (unanswered.get(id) === isTakenUp) unanswered.delete(id);
      });
    },
    postpone(triggers, waitMs) {
      const spreadMs = Math.min(waitMs * afterLimit, quietMs);
      for (const { id } of triggers) schedule.postpone(id, clock.now() + waitMs + random() * spreadMs);
    },
  });
  const pollBatch = traceSweep(deps.tracer, look);

  const needsPoll = (trigger: Trigger): boolean =>
    outstanding(trigger).some(({ type }) => type === 'confirm');

  function send(batch: Batch): void {
    const [first] = batch;
    if (first === undefined) return;
    for (const { id } of batch) underWay.add(id);
    concurrency.add(first.request.gitlabUrl, async () => {
      if (!signal.aborted) await pollBatch(batch);
      for (const { id } of batch) underWay.delete(id);
    });
  }

  return {
    async poll(now) {
      // Includes triggers that are due within half the time, since a list shows them as well; after a start all of them.
      const quiet = await findQuietTriggers(Math.max(now - quietMs / 2, startedAt));
      schedule.note(quiet, now);
      const free = quiet.filter(({ id }) => !underWay.has(id));
      const due = free.filter(({ id }) => schedule.isDue(id, now));
      const batches = batchByProject(due, free, quietMs);
      for (const trigger of batches.flat()) {
        schedule.takeUp(trigger, now);
        unanswered.get(trigger.id)?.abort();
        unanswered.delete(trigger.id);
      }
      for (const batch of batches) {
        if (batch.every(needsPoll)) send(batch);
        else for (const trigger of batch) perform(trigger.id, outstanding(trigger));
      }
    },
    idle: concurrency.idle,
  };
}

/** Open triggers without an update since the time, the longest quiet first. */
type FindQuietTriggers = (since: number) => Promise<readonly Trigger[]>;

/** Caches its result: of thousands of idle triggers, asked for each second, hardly one has changed. */
function createFindQuietTriggers(store: Pick<TriggerStore, 'find' | 'quietVersions'>): FindQuietTriggers {
  let known = new Map<TriggerId, Stored>();

  return async function findQuietTriggers(since) {
    const found = new Map<TriggerId, Stored>();
    for (const { id, version } of await store.quietVersions(since)) {
      const before = known.get(id);
      const stored = before?.version === version ? before : await store.find(id);
      if (stored !== undefined) found.set(id, stored);
    }
    known = found;
    return [...found.values()].map(({ trigger }) => trigger);
  };
}
