import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { Seal } from './encryption.ts';

export interface Resealed {
  /** How many were sealed by an earlier key, and now are by the one that writes. */
  readonly resealed: number;
  /** How many none of the keys opens. They stay as they are. */
  readonly unreadable: number;
}

interface Row {
  readonly id: string;
  readonly sealed: string;
}

/** Where sealed values lie. */
const places = [
  { table: Prisma.raw('"Trigger"'), column: Prisma.raw('"secrets"') },
  { table: Prisma.raw('"Callback"'), column: Prisma.raw('"url"') },
];

/** How many rows one transaction changes: others write in between. */
const batchSize = 500;

/** Seals with the newest key what an earlier one sealed, so that the earlier one can go. */
export async function reseal(
  { read, write }: Pick<Database, 'read' | 'write'>,
  seal: Seal,
): Promise<Resealed> {
  const done = { resealed: 0, unreadable: 0 };
  for (const { table, column } of places) {
    const batch = (after: string): Promise<readonly Row[]> =>
      read(
        (client) => client.$queryRaw<Row[]>`
          SELECT "id", ${column} AS "sealed" FROM ${table} WHERE ${column} IS NOT NULL AND "id" > ${after}
          ORDER BY "id" LIMIT ${batchSize}`,
      );
    for (let rows = await batch(''); rows.length > 0; rows = await batch(rows.at(-1)?.id ?? '')) {
      const renewed = rows.map((row) => ({ ...row, ...renew(seal, row.sealed) }));
      const changed = renewed.filter(({ fresh }) => fresh !== null);
      if (changed.length > 0)
        await write(async (client) => {
          // Erased meanwhile stays erased.
          for (const { id, sealed, fresh } of changed)
            await client.$executeRaw`
              UPDATE ${table} SET ${column} = ${fresh} WHERE "id" = ${id} AND ${column} = ${sealed}`;
        });
      done.resealed += changed.length;
      done.unreadable += renewed.filter(({ fits }) => !fits).length;
    }
  }
  return done;
}

function renew(seal: Seal, sealed: string): { readonly fresh: string | null; readonly fits: boolean } {
  try {
    return { fresh: seal.renew(sealed), fits: true };
  } catch {
    return { fresh: null, fits: false };
  }
}
