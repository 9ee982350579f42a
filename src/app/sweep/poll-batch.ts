import { messageOf } from '../../domain/error.ts';
import { isFollowedByStatus } from '../../domain/trigger/poll-interval.ts';
import type { RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import type { AccessFor, TriggerAccess } from '../engine/gitlab-access.ts';
import type { Performer } from '../engine/perform.ts';
import type { GitLab, Log, TriggerStore } from '../ports/index.ts';
import { GitLabUnavailable, limitOf, mayAsk } from '../ports/gitlab-unavailable.ts';
import type { PollProjectList } from './poll-project-list.ts';
import type { Batch } from './batches.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly accessFor: AccessFor;
  readonly pollProjectList: PollProjectList;
  /** Reads one pipeline. */
  readonly confirm: Performer;
  readonly log: Log;
  /** GitLab's rate limit allows no requests for these for so long. */
  readonly postpone: (triggers: Batch, waitMs: number) => void;
  /** GitLab gave no answer for this one. */
  readonly retry: (trigger: Trigger) => void;
  readonly signal: AbortSignal;
  /** How long a trigger may go without an update. */
  readonly quietMs: number;
}

/** Polls the triggers that are due. Never throws. */
export function createPollBatch(deps: Deps): (batch: Batch) => Promise<void> {
  const { store, accessFor, pollProjectList, confirm, log, postpone, retry, signal, quietMs } = deps;

  /** @throws the error of a rate limit; any other error concerns this trigger only */
  async function pollOne(gitlab: GitLab, trigger: Trigger): Promise<void> {
    const { id, observedAt } = trigger;
    try {
      const stored = await store.find(id);
      if (stored === undefined || stored.trigger.observedAt > observedAt) return;
      await mayAsk(gitlab);
      await confirm(stored.trigger, 'sweep');
    } catch (error) {
      if (limitOf(error) !== null) throw error;
      const fields = { triggerId: id, error: messageOf(error) };
      if (!(error instanceof GitLabUnavailable)) {
        log.error(fields, 'poll failed');
        return;
      }
      log.warn(fields, 'poll delayed');
      retry(trigger);
    }
  }

  async function lookWith({ gitlab, mayRead }: TriggerAccess, batch: Batch): Promise<void> {
    let left = batch;
    try {
      const isListed = (trigger: Trigger): trigger is RunningTrigger => isFollowedByStatus(trigger, quietMs);
      if (mayRead && left.every(isListed)) left = await pollProjectList(gitlab, left);
      for (; left[0] !== undefined && !signal.aborted; left = left.slice(1)) await pollOne(gitlab, left[0]);
    } catch (error) {
      const waitMs = limitOf(error) ?? 0;
      log.warn({ ...named(left), waitMs, error: messageOf(error) }, 'poll delayed');
      postpone(left, waitMs);
    }
  }

  /** Triggers whose pipelines are read with the same token share its rate limit. */
  async function byReader(batch: Batch) {
    const readers = new Map<string | null, { readonly access: TriggerAccess; readonly batch: Trigger[] }>();
    for (const trigger of batch) {
      const access = await accessFor(trigger);
      const reader = readers.get(access.apiToken) ?? { access, batch: [] };
      readers.set(access.apiToken, reader);
      reader.batch.push(trigger);
    }
    return [...readers.values()];
  }

  return async function pollBatch(batch) {
    try {
      for (const reader of await byReader(batch)) await lookWith(reader.access, reader.batch);
    } catch (error) {
      log.error({ ...named(batch), error: messageOf(error) }, 'poll failed');
    }
  };
}

/** For a log line: the id of one, or the number of several. */
const named = (batch: Batch): object => ({
  triggers: batch.length,
  ...(batch.length === 1 ? { triggerId: batch[0]?.id } : {}),
});
