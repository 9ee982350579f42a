import type { Database } from './database.ts';
import type { Seal } from './seal.ts';

export interface Resealed {
  /** How many were sealed by an earlier key, and now are by the one that writes. */
  readonly resealed: number;
  /** How many none of the keys opens. They stay as they are. */
  readonly unreadable: number;
}

interface Row {
  readonly id: string;
  readonly secrets: string;
}

/** How many rows one transaction changes: others write in between. */
const batchSize = 500;

/** Seals with the newest key what an earlier one sealed, so that the earlier one can go. */
export async function reseal(
  { read, write }: Pick<Database, 'read' | 'write'>,
  seal: Seal,
): Promise<Resealed> {
  const done = { resealed: 0, unreadable: 0 };
  for (let after = ''; ;) {
    const rows = await read(
      (client) => client.$queryRaw<Row[]>`
        SELECT "id", "secrets" FROM "Trigger" WHERE "secrets" IS NOT NULL AND "id" > ${after}
        ORDER BY "id" LIMIT ${batchSize}`,
    );
    const renewed = rows.map((row) => ({ ...row, ...renew(seal, row.secrets) }));
    const changed = renewed.filter(({ fresh }) => fresh !== null);
    if (changed.length > 0)
      await write(async (client) => {
        // Erased meanwhile stays erased.
        for (const { id, secrets, fresh } of changed)
          await client.$executeRaw`
            UPDATE "Trigger" SET "secrets" = ${fresh} WHERE "id" = ${id} AND "secrets" = ${secrets}`;
      });
    done.resealed += changed.length;
    done.unreadable += renewed.filter(({ fits }) => !fits).length;
    const last = rows.at(-1);
    if (last === undefined) return done;
    after = last.id;
  }
}

function renew(seal: Seal, sealed: string): { readonly fresh: string | null; readonly fits: boolean } {
  try {
    return { fresh: seal.renew(sealed), fits: true };
  } catch {
    return { fresh: null, fits: false };
  }
}
