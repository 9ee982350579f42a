import type { AuditAction, AuditEntry } from '../../domain/access/audit.ts';
import type { Actor } from '../../domain/access/caller.ts';
import { idsIn } from '../../domain/ids.ts';
import type { AuditLog, Clock, Log } from '../ports/index.ts';

/** Records what a caller is about to change. */
export interface Audit {
  /**
   * To be awaited before the change: a change that cannot be recorded does not happen.
   * @throws AppError `storage_unavailable`
   */
  readonly note: (
    actor: Actor,
    action: AuditAction,
    subject: string | null,
    details?: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
}

interface Deps {
  readonly store: Pick<AuditLog, 'note'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'info'>;
}

/** Records who changed what, from where: in the database, and as log lines for log collectors. */
export const createAudit = ({ store, clock, log }: Deps): Audit => ({
  async note(actor, action, subject, details = {}) {
    const { userId } = actor;
    const entry = {
      at: clock.now(),
      actor,
      action,
      subject,
      details: userId === undefined ? details : { ...details, userId },
    };
    await store.note(entry);
    logAudit(log, entry);
  },
});

/** The log line of an entry that is on disk. */
export function logAudit(log: Pick<Log, 'info'>, { actor, action, subject, details }: AuditEntry): void {
  const { id, from, requestId } = actor;
  log.info({ actor: id, from, requestId, action, subject, ...idsIn(subject ?? ''), details }, 'audit');
}

/** Records nothing: `trigger` without a service has no audit log. */
export const noAudit: Pick<Audit, 'note'> = { note: () => Promise.resolve() };
