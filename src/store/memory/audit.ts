import type { AuditLog, RecordedAudit } from '../../app/ports/index.ts';
import type { AuditEntry } from '../../domain/access/audit.ts';
import { AppError } from '../../domain/error.ts';
import { pageOf, readCursor } from '../rows.ts';

/** The audit log for as long as the process lives. */
export function createMemoryAudit(): AuditLog & { readonly add: (entry: AuditEntry) => void } {
  const entries: RecordedAudit[] = [];
  let last = 0;
  const add = (entry: AuditEntry): void => void entries.unshift({ ...entry, sequence: (last += 1) });

  return {
    add,
    note(entry) {
      add(entry);
      return Promise.resolve();
    },
    async list({ subject, actor, limit, cursor }) {
      const after = cursor === null ? undefined : readCursor(cursor);
      const sequence = Number(after?.id ?? last + 1);
      if (after === null || !Number.isSafeInteger(sequence))
        throw new AppError('invalid', 'cursor: not one that this service gave');
      const rows = entries
        .filter((entry) => entry.sequence < sequence)
        .filter((entry) => subject === null || entry.subject === subject)
        .filter((entry) => actor === null || entry.actor.id === actor)
        .map((entry) => ({ id: String(entry.sequence), entry }));
      const page = pageOf(
        rows,
        limit,
        ({ entry }) => new Date(entry.at),
        ({ entry }) => entry,
      );
      return Promise.resolve(page);
    },
    prune(before) {
      const kept = entries.filter(({ at }) => at >= before);
      const removed = entries.length - kept.length;
      entries.splice(0, entries.length, ...kept);
      return Promise.resolve(removed);
    },
  };
}
