import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { EncryptionContext, Encryption } from './encryption.ts';

export interface KeyRotation {
  /** How many were encrypted by an earlier key, and now are by the one that writes. */
  readonly rotated: number;
  /** How many none of the keys opens. They stay as they are. */
  readonly unreadable: number;
}

interface Row {
  readonly id: string;
  readonly encrypted: string;
}

/** Where encrypted values lie. */
const places = [
  { table: 'Trigger', column: 'secrets' },
  { table: 'Callback', column: 'url' },
] as const;

const quoted = (name: string): Prisma.Sql => Prisma.raw(`"${name}"`);

/** How many rows one transaction changes: others write in between. */
const batchSize = 500;

/** Encryptions with the newest key what an earlier one encrypted, so that the earlier one can go. */
export async function rotateKey(
  { read, write }: Pick<Database, 'read' | 'write'>,
  encryption: Encryption,
): Promise<KeyRotation> {
  const done = { rotated: 0, unreadable: 0 };
  for (const place of places) {
    const [table, column] = [quoted(place.table), quoted(place.column)];
    const batch = (after: string): Promise<readonly Row[]> =>
      read(
        (client) => client.$queryRaw<Row[]>`
          SELECT "id", ${column} AS "encrypted" FROM ${table} WHERE ${column} IS NOT NULL AND "id" > ${after}
          ORDER BY "id" LIMIT ${batchSize}`,
      );
    for (let rows = await batch(''); rows.length > 0; rows = await batch(rows.at(-1)?.id ?? '')) {
      const renewed = rows.map((row) => ({
        ...row,
        ...renew(encryption, row.encrypted, { ...place, id: row.id }),
      }));
      const changed = renewed.filter(({ fresh }) => fresh !== null);
      if (changed.length > 0)
        await write(async (client) => {
          // Erased meanwhile stays erased.
          for (const { id, encrypted, fresh } of changed)
            await client.$executeRaw`
              UPDATE ${table} SET ${column} = ${fresh} WHERE "id" = ${id} AND ${column} = ${encrypted}`;
        });
      done.rotated += changed.length;
      done.unreadable += renewed.filter(({ fits }) => !fits).length;
    }
  }
  return done;
}

function renew(
  encryption: Encryption,
  encrypted: string,
  context: EncryptionContext,
): { readonly fresh: string | null; readonly fits: boolean } {
  try {
    return { fresh: encryption.renew(encrypted, context), fits: true };
  } catch {
    return { fresh: null, fits: false };
  }
}
