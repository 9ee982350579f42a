import { outstanding } from '../../domain/trigger/decide.ts';
import { callbackIdOf } from '../../domain/callback.ts';
import { AppError, LimitReached } from '../../domain/error.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger, TriggerRequest } from '../../domain/trigger/trigger.ts';
import { requested } from '../../domain/trigger/trigger.ts';
import type { AuditEntry } from '../../domain/access/audit.ts';
import type { Actor } from '../../domain/access/caller.ts';
import type { GitLabUser } from '../../domain/access/gitlab-user.ts';
import type { Perform } from '../engine/apply-event.ts';
import { checkReport } from '../reports/report-access.ts';
import { logAudit } from '../access/audit.ts';
import type {
  Clock,
  IdempotencyKey,
  Log,
  NewCallback,
  PendingQuota,
  Secrets,
  ServiceAccess,
  TriggerStore,
} from '../ports/index.ts';

export interface NewTrigger {
  readonly caller: string;
  /** The caller: recorded in the audit log with the trigger. */
  readonly by?: Actor;
  /** The user of GitLab who started the caller's job. */
  readonly startedBy?: GitLabUser | null;
  readonly request: TriggerRequest;
  readonly secrets: Secrets;
  /** Where the outcome is to be posted. */
  readonly callbackUrl?: string | null;
  readonly key: IdempotencyKey | null;
  /** Null, or left out: the caller has no limit. */
  readonly quota?: PendingQuota | null;
  /** Called when the key returns the first trigger again. */
  readonly onReplay?: (first: Trigger) => void;
}

/**
 * Stores the request, then requests the pipeline. The same key and request return the first trigger again.
 * @throws AppError `key_reused` when the caller used the key for another request, `status_taken`, `storage_unavailable`,
 *   `invalid` for a report that could not be made;
 *   LimitReached
 */
export type StartTrigger = (wanted: NewTrigger) => Promise<Trigger>;

interface Deps {
  readonly store: Pick<TriggerStore, 'create'>;
  readonly perform: Perform;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info'>;
  readonly newTriggerId: () => TriggerId;
  readonly service: ServiceAccess;
}

export const createStartTrigger = ({
  store,
  perform,
  clock,
  log,
  newTriggerId,
  service,
}: Deps): StartTrigger =>
  async function startTrigger({
    caller,
    by,
    startedBy,
    request,
    secrets,
    callbackUrl = null,
    key,
    quota,
    onReplay,
  }) {
    checkReport(request, service);
    const trigger = requested(newTriggerId(), caller, request, clock.now(), startedBy);
    const entry = by === undefined ? undefined : startEntry(trigger, by);
    const callback = callbackUrl === null ? undefined : callbackTo(callbackUrl, trigger.id);
    const result = await store.create(trigger, secrets, key, {
      entry,
      callback,
      quota: quota ?? undefined,
    });
    if (result.created === 'full') throw tooManyPending(caller, quota?.limit ?? 0);
    if (result.created === 'taken')
      throw new AppError('status_taken', `report.commitStatus: ${result.by} posts under this name already`);
    if (result.created) {
      if (entry !== undefined) logAudit(log, entry);
      perform(trigger.id, outstanding(trigger));
      return trigger;
    }
    if (result.requestDigest !== key?.requestDigest)
      throw new AppError('key_reused', 'this Idempotency-Key was used for another request');
    onReplay?.(result.earlier.trigger);
    return result.earlier.trigger;
  };

const tooManyPending = (caller: string, limit: number): LimitReached =>
  new LimitReached(`${limit} triggers of this caller are pending (PENDING_LIMIT)`, caller);

const callbackTo = (url: string, id: TriggerId): NewCallback => ({
  id: callbackIdOf(id),
  url,
  origin: new URL(url).origin,
});

const startEntry = ({ id, request, createdAt }: Trigger, actor: Actor): AuditEntry => ({
  at: createdAt,
  actor,
  action: 'trigger.start',
  subject: id,
  details: { project: request.project, ref: request.ref },
});
