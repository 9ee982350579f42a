import type { AuditLog, AuditQuery, RecordedAudit } from '../app/ports/index.ts';
import type { AuditAction, AuditEntry } from '../domain/access/audit.ts';
import { AppError } from '../domain/error.ts';
import type { Client, Database } from './database.ts';
import { deleteInBatches } from './delete-in-batches.ts';
import { pageOf, readCursor } from './rows.ts';

interface Row {
  readonly sequence: number | bigint;
  readonly at: Date;
  readonly actor: string;
  readonly from: string;
  readonly action: string;
  readonly subject: string | null;
  readonly details: string;
  readonly requestId: string | null;
}

const entryFrom = ({
  sequence,
  at,
  actor,
  from,
  action,
  subject,
  details,
  requestId,
}: Row): RecordedAudit => ({
  sequence: Number(sequence),
  at: at.getTime(),
  actor: { id: actor, from, ...(requestId === null ? {} : { requestId }) },
  action: action as AuditAction,
  subject,
  details: JSON.parse(details) as Record<string, unknown>,
});

/** Adds an entry within a transaction, which is that of the change itself where there is one. */
export async function insertAudit(client: Client, { at, actor, action, subject, details }: AuditEntry) {
  await client.$executeRaw`
    INSERT INTO "AuditEntry" ("at", "actor", "from", "action", "subject", "details", "requestId")
    VALUES (${new Date(at)}, ${actor.id}, ${actor.from}, ${action}, ${subject}, ${JSON.stringify(details)},
            ${actor.requestId ?? null})`;
}

/** The audit log in the database. */
export function createAuditStore({ read, write }: Pick<Database, 'read' | 'write'>): AuditLog {
  return {
    note: (entry) => write((client) => insertAudit(client, entry)),

    async list(query) {
      const rows = await findPage({ read }, query);
      return pageOf(
        rows.map((row) => ({ ...row, id: String(row.sequence) })),
        query.limit,
        ({ at }) => at,
        entryFrom,
      );
    },

    prune: (before) =>
      deleteInBatches({ write }, async (client, { rows }) => {
        const deleted = await client.$executeRaw`
          DELETE FROM "AuditEntry" WHERE "sequence" IN (
            SELECT "sequence" FROM "AuditEntry" WHERE "at" < ${new Date(before)} LIMIT ${rows})`;
        return { rows: deleted, isDone: deleted < rows };
      }),
  };
}

function findPage({ read }: Pick<Database, 'read'>, { subject, actor, limit, cursor }: AuditQuery) {
  const after = cursor === null ? undefined : readCursor(cursor);
  const sequence = Number(after?.id ?? 0);
  if (after === null || !Number.isSafeInteger(sequence))
    throw new AppError('invalid', 'cursor: not one that this service gave');
  return read((client) =>
    client.auditEntry.findMany({
      where: {
        ...(subject === null ? {} : { subject }),
        ...(actor === null ? {} : { actor }),
        ...(after === undefined ? {} : { sequence: { lt: sequence } }),
      },
      orderBy: { sequence: 'desc' },
      take: limit + 1,
    }),
  );
}
