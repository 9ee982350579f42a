import type { AuditEntry } from '../../domain/access/audit.ts';
import type { Page } from './page.ts';

/** A line of the audit log; `sequence` grows with each. */
export interface RecordedAudit extends AuditEntry {
  readonly sequence: number;
}

export interface AuditQuery {
  readonly subject: string | null;
  readonly actor: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Who changed what, from where. All methods throw AppError `storage_unavailable`. */
export interface AuditLog {
  /** Resolves when the entry is on disk. */
  note(entry: AuditEntry): Promise<void>;
  /** @throws AppError `invalid` for a cursor that it did not give */
  list(query: AuditQuery): Promise<Page<RecordedAudit>>;
  /** Removes what is older than a time. @returns how many */
  prune(before: number): Promise<number>;
}
