import { createEncryption } from '../encryption.ts';
import type { Store, StoreOptions } from '../store.ts';
import { createTables } from '../store.ts';
import { createPostgresqlFeed } from './change-feed.ts';
import { openPostgresql } from './database.ts';
import { migratePostgresql } from './migrate.ts';
import { registerProcess } from './processes.ts';
import { requireReachable } from './require-reachable.ts';
import { createListener, createSender } from './signals.ts';

/** A command looks for no changes. */
const noChanges: Store['changes'] = {
  changed: () => Promise.resolve(),
  next: () => Promise.resolve({ triggers: [], deliveries: [], isMore: false }),
};

/**
 * Opens a database, migrates it if need be, and joins the processes that work on it.
 * @throws UnreachableDatabase; Error that says what to do, see `migratePostgresql`
 */
export async function openPostgresqlStore({
  url,
  directUrl,
  encryptionKeys,
  parsePayload,
  committed,
  joins = true,
  log = { warn: () => undefined, error: () => undefined },
}: StoreOptions): Promise<Store> {
  if (encryptionKeys === null) throw new Error('PostgreSQL needs an encryption key');
  const direct = directUrl ?? url;
  await requireReachable('DATABASE_URL', url);
  if (direct !== url) await requireReachable('DATABASE_DIRECT_URL', direct);
  await migratePostgresql(direct);
  const database = openPostgresql(url);
  const tables = createTables(database, {
    encryption: createEncryption(encryptionKeys),
    parsePayload,
    committed,
  });
  if (!joins) return { ...tables, sharing: null, changes: noChanges, close: database.close };
  try {
    const processes = await registerProcess(database.pool);
    const listener = createListener(direct, { isOwn: (id) => id === processes.id(), log });
    database.onWritten(createSender(database.pool, processes.id));
    return {
      ...tables,
      sharing: { kind: 'processes', processes },
      changes: await createPostgresqlFeed(database.pool, listener.next),
      close: async () => {
        await listener.close();
        await database.idle();
        await processes.leave().catch(() => undefined);
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
