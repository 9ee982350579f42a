import type { RetryClaim } from '../../app/ports/trigger-store.ts';
import { retryBudgetMs } from '../../app/ports/trigger-store.ts';
import type {
  AuditLog,
  DeliveryStore,
  HistoryStore,
  IdempotencyKey,
  Page,
  Secrets,
  Stored,
  StoredDelivery,
  TriggerStore,
} from '../../app/ports/index.ts';
import type { AuditEntry } from '../../domain/access/audit.ts';
import { pipelineIdOf, upstreamIdOf } from '../../domain/delivery.ts';
import { AppError } from '../../domain/error.ts';
import type { JobId, DeliveryId, PipelineId, TriggerId } from '../../domain/ids.ts';
import { nextTimeoutOf } from '../../domain/trigger/held-jobs.ts';
import { isTakenBy } from '../../domain/trigger/upstream-reports.ts';
import { changesBetween, stateOf } from '../../domain/trigger/timeline.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { hasPipeline, isFinished, isOpen, needsSecrets } from '../../domain/trigger/trigger.ts';
import { createMemoryAudit } from './audit.ts';
import type { MemoryHistory } from './history.ts';
import { createHistory } from './history.ts';
import { asAsync } from './as-async.ts';
import { pageOf, readCursor } from '../rows.ts';

/** All stores for as long as the process lives: what `trigger` works with when there is no service. */
export interface MemoryStore {
  readonly triggers: TriggerStore;
  readonly inbox: DeliveryStore;
  readonly audit: AuditLog;
  readonly history: HistoryStore;
}

export function createMemoryStore(): MemoryStore {
  const rows = new Map<TriggerId, Row>();
  const hasTrigger = (id: PipelineId | null): boolean =>
    [...rows.values()].some(({ stored }) => hasPipeline(stored.trigger, id));
  const { add: addAuditEntry, ...audit } = createMemoryAudit();
  const lines = createHistory();
  return {
    triggers: createTriggers(rows, lines, addAuditEntry),
    inbox: createInbox(hasTrigger),
    history: lines.store((id) => rows.has(id)),
    audit,
  };
}

/** Everything in it is read-only, so it goes in and out as it is. */
interface Row {
  readonly stored: Stored;
  readonly secrets: Secrets | null;
  readonly key: IdempotencyKey | null;
}

// eslint-disable-next-line max-lines-per-function -- one method for each of the port; each is short
function createTriggers(
  rows: Map<TriggerId, Row>,
  { record, timeline, lastSequence, changedAfter }: MemoryHistory,
  addAuditEntry: (entry: AuditEntry) => void,
): TriggerStore {
  const playedBy = new Map<string, TriggerId>();
  const retried = new Map<string, Omit<RetryClaim, 'jobIds' | 'budget'>>();

  const select = (isWanted: (trigger: Trigger) => boolean): readonly Trigger[] =>
    [...rows.values()].map(({ stored }) => stored.trigger).filter(isWanted);
  const madeUnder = (caller: string, key: IdempotencyKey | null): Row | undefined =>
    [...rows.values()].find(
      (row) => key !== null && row.key?.key === key.key && row.stored.trigger.caller === caller,
    );

  return asAsync<TriggerStore>({
    // Nobody asks this process for callbacks.
    create(trigger, secrets, key, { entry, quota } = {}) {
      const earlier = madeUnder(trigger.caller, key);
      if (earlier !== undefined)
        return { created: false, earlier: earlier.stored, requestDigest: earlier.key?.requestDigest ?? '' };
      const isCounted = (other: Trigger): boolean =>
        !isFinished(other) && quota?.callers.includes(other.caller) === true;
      if (quota !== undefined && select(isCounted).length >= quota.limit) return { created: 'full' };
      const [holder] = select((other) => isTakenBy(trigger, other));
      if (holder !== undefined) return { created: 'taken', by: holder.id };
      rows.set(trigger.id, { stored: { trigger, version: 1 }, secrets, key });
      record(trigger, changesBetween(null, trigger), []);
      if (entry !== undefined) addAuditEntry(entry);
      return { created: true };
    },
    find: (id) => rows.get(id)?.stored,
    wasPruned: () => false,
    commit(next, version, entries, notes = []) {
      const row = rows.get(next.id);
      if (row?.stored.version !== version) return 'stale';
      const secrets = needsSecrets(next) ? row.secrets : null;
      rows.set(next.id, { ...row, stored: { trigger: next, version: version + 1 }, secrets });
      record(next, entries, notes);
      return 'committed';
    },
    list: ({ state, caller, project, ref, idPrefix = '', limit, cursor }) =>
      newestFirst(
        select(
          (trigger) =>
            (state === 'all' || stateOf(trigger) === state) &&
            (caller === null || trigger.caller === caller) &&
            (project === null || trigger.request.project === project) &&
            (ref === null || trigger.request.ref === ref) &&
            trigger.id.startsWith(idPrefix),
        ),
        ({ id, createdAt }) => ({ id, time: createdAt }),
        { limit, cursor },
      ),
    findConcerned: (pipelineId, triggerId, parentId = null) =>
      select(isOpen)
        .filter(
          (trigger) =>
            hasPipeline(trigger, pipelineId) ||
            hasPipeline(trigger, parentId) ||
            trigger.request.upstream?.pipelineId === pipelineId ||
            trigger.id === triggerId,
        )
        .toSorted((one, other) => one.createdAt - other.createdAt),
    findByUpstream: (pipelineId) =>
      select(({ request }) => request.upstream?.pipelineId === pipelineId)
        .toSorted((one, other) => other.createdAt - one.createdAt)
        .slice(0, 1_000),
    findQuietTriggers: (since, limit) =>
      select((trigger) => isOpen(trigger) && trigger.observedAt <= since)
        .toSorted((one, other) => one.observedAt - other.observedAt)
        .slice(0, limit),
    quietVersions: (since) =>
      [...rows.values()]
        .filter(({ stored: { trigger } }) => isOpen(trigger) && trigger.observedAt <= since)
        .toSorted((one, other) => one.stored.trigger.observedAt - other.stored.trigger.observedAt)
        .map(({ stored: { trigger, version } }) => ({ id: trigger.id, version })),
    countPending: () => {
      const pending = select((trigger) => !isFinished(trigger));
      const requested = pending.filter(({ state }) => state.kind === 'requested').length;
      return { requested, running: pending.length - requested };
    },
    findPastDeadline: (now, limit) =>
      select((trigger) => !isFinished(trigger) && trigger.deadlineAt <= now)
        .toSorted((one, other) => one.deadlineAt - other.deadlineAt)
        .slice(0, limit),
    findPastTimeout: (now, limit) =>
      select((trigger) => (nextTimeoutOf(trigger) ?? Infinity) <= now)
        .toSorted((one, other) => (nextTimeoutOf(one) ?? 0) - (nextTimeoutOf(other) ?? 0))
        .slice(0, limit),
    secretsOf: (id) => rows.get(id)?.secrets ?? null,
    timeline,
    lastSequence,
    changedAfter,
    claimPlay(gitlabUrl, jobId, id) {
      const job = `${gitlabUrl} ${jobId}`;
      const claimedBy = playedBy.get(job);
      if (claimedBy !== undefined) return claimedBy === id ? 'again' : 'other';
      playedBy.set(job, id);
      return 'first';
    },
    claimRetries({ gitlabUrl, project, triggerId, jobIds, at, budget }) {
      const keyOf = (id: JobId): string => `${gitlabUrl} ${id}`;
      const fresh = jobIds.filter((id) => !retried.has(keyOf(id)));
      const spent = [...retried.values()].filter(
        (row) => row.gitlabUrl === gitlabUrl && row.project === project && row.at > at - retryBudgetMs,
      );
      if (fresh.length > 0 && spent.length + fresh.length > budget) return 'spent';
      for (const id of fresh) retried.set(keyOf(id), { gitlabUrl, project, triggerId, at });
      return new Set(jobIds.filter((id) => retried.get(keyOf(id))?.triggerId === triggerId));
    },
  });
}

function createInbox(hasTrigger: (id: PipelineId | null) => boolean): DeliveryStore {
  const rows = new Map<DeliveryId, StoredDelivery>();
  const all = (): readonly StoredDelivery[] => [...rows.values()];
  const pipelineOfRow = ({ delivery }: StoredDelivery): PipelineId | null => pipelineIdOf(delivery.payload);

  return asAsync<DeliveryStore>({
    add(delivery) {
      if (rows.has(delivery.id)) return 'duplicate';
      rows.set(delivery.id, {
        delivery,
        result: delivery.payload.kind === 'ignored' ? 'ignored' : 'accepted',
      });
      return 'added';
    },
    ofPipeline: (pipelineId, most = Infinity) =>
      all()
        .filter((row) => pipelineOfRow(row) === pipelineId)
        .map(({ delivery }) => delivery)
        .toSorted((one, other) => one.receivedAt - other.receivedAt)
        .slice(-most),
    parentsAmong: (pipelineIds) => {
      const parents = new Set(all().map(({ delivery }) => upstreamIdOf(delivery.payload)));
      return pipelineIds.filter((id) => parents.has(id));
    },
    find: (id) => rows.get(id),
    list: ({ unmatched, idPrefix = '', ...page }) =>
      newestFirst(
        all().filter(
          (row) => (!unmatched || !hasTrigger(pipelineOfRow(row))) && row.delivery.id.startsWith(idPrefix),
        ),
        ({ delivery }) => ({ id: delivery.id, time: delivery.receivedAt }),
        page,
      ),
  });
}

/** One page, newest first, by the same cursors as those of the database. */
function newestFirst<T>(
  items: readonly T[],
  positionOf: (item: T) => { readonly id: string; readonly time: number },
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
): Page<T> {
  const after = cursor === null ? undefined : readCursor(cursor);
  if (after === null) throw new AppError('invalid', 'cursor: not one that this service gave');
  const rows = items
    .map((item) => ({ item, ...positionOf(item) }))
    .toSorted((one, other) => other.time - one.time || (one.id < other.id ? 1 : -1))
    .filter(({ id, time }) => {
      if (after === undefined) return true;
      const end = after.time.getTime();
      return time < end || (time === end && id < after.id);
    });
  return pageOf(
    rows,
    limit,
    ({ time }) => new Date(time),
    ({ item }) => item,
  );
}
