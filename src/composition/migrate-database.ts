import { existsSync } from 'node:fs';
import type { CommandEnvironment, Migrated } from '../cli/admin/context.ts';
import { readMigrationConfig } from '../config/config.ts';
import { ConfigError, toConfigError } from '../config/startup-errors.ts';
import { parsePayload } from '../gitlab/webhooks/parse-payload.ts';
import { readOrMakeKey } from '../store/encryption-key.ts';
import { openStore, pathOf } from '../store/open-store.ts';
import { copyFromSqlite } from '../store/postgresql/copy-from-sqlite.ts';

/**
 * Takes a SQLite installation along to PostgreSQL. What is encrypted stays readable: by ENCRYPTION_KEY where it is set,
 * else by the key beside the file.
 * @throws ConfigError, AppError
 */
export async function migrateDatabase(
  env: CommandEnvironment,
  urls: { readonly from: string; readonly to: string },
  progress: (table: string, rows: number) => void,
): Promise<Migrated> {
  const { from, to, encryptionKeys } = readMigrationConfig(env, urls);
  const file = pathOf(from);
  if (!existsSync(file)) throw new ConfigError([`--from: there is no database at ${file}`]);
  const keyFile = `${file}.key`;
  const besideFile = existsSync(keyFile) ? [await readOrMakeKey(keyFile)] : [];
  const keys: readonly Buffer[] = [...(encryptionKeys ?? []), ...besideFile];
  const [first, ...others] = keys;
  if (first === undefined)
    throw new ConfigError([`ENCRYPTION_KEY: expected the key of ${file}, which has none beside it`]);
  const rows = await copyFromSqlite({
    ...{ file, url: to, progress },
    finish: () => encryptAnew(to, [first, ...others]),
  }).catch(toConfigError);
  return { rows, keyFile: encryptionKeys === null ? keyFile : null };
}

/** @throws ConfigError where something is stored that none of the keys opens */
async function encryptAnew(url: string, encryptionKeys: readonly [Buffer, ...Buffer[]]): Promise<void> {
  const store = await openStore({ url, encryptionKeys, parsePayload, joins: false });
  const { unreadable } = await store.rotateKey().finally(store.close);
  if (unreadable > 0)
    throw new ConfigError([
      `ENCRYPTION_KEY: what ${unreadable} of the requests brought is encrypted with another key; ` +
        'add that one after a comma, and run this again',
    ]);
}
