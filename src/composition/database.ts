import { existsSync } from 'node:fs';
import type { Backup, OpenDatabase } from '../cli/admin/context.ts';
import { createApiKeys } from '../app/access/api-keys.ts';
import type { DatabaseInspection } from '../app/maintenance/database-inspection.ts';
import { createAudit } from '../app/access/audit.ts';
import { ConfigError, toConfigError } from '../config/startup-errors.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { readDatabaseConfig } from '../config/config.ts';
import { parsePayload } from '../gitlab/webhooks/parse-payload.ts';
import { createCommandLog } from '../telemetry/log.ts';
import { operator } from '../platform/operator.ts';
import { keySecrets, newKeyId } from '../store/key-secret.ts';
import { backUp } from '../store/backup.ts';
import { inspectDatabase as inspectFile } from '../store/inspect-database.ts';
import { openStore, pathOf } from '../store/open-store.ts';
import { isPostgresql } from '../store/store.ts';
import { dayMs } from '../domain/time.ts';

/**
 * Opens the database that the environment names, without the service around it. One is only made where that is wanted,
 * and DATABASE_URL names it.
 * @throws ConfigError
 */
export async function openOperatorDatabase(
  env: NodeJS.ProcessEnv,
  { mayMake }: { readonly mayMake: boolean },
): Promise<OpenDatabase> {
  const { databaseUrl, databaseDirectUrl, encryptionKeys, retentionDays, logLevel } = readDatabaseConfig(env);
  if (!isPostgresql(databaseUrl)) refuseMissing(pathOf(databaseUrl), mayMake && isNamed(env));
  const store = await openStore({
    url: databaseUrl,
    directUrl: databaseDirectUrl,
    encryptionKeys,
    parsePayload,
    joins: false,
  }).catch(toConfigError);
  const audit = createAudit({ store: store.audit, clock, log: createCommandLog(logLevel) });
  return {
    keys: createApiKeys({ store: store.keys, secrets: keySecrets, newId: newKeyId, clock, audit }),
    operator: operator(),
    prune: async ({ days, dryRun }) => {
      const age = days ?? retentionDays;
      const now = clock.now();
      const before = now - age * dayMs;
      if (dryRun) return { days: age, ...(await store.countPrunable(before)) };
      await audit.note(operator(), 'database.prune', null, { days: age });
      return { days: age, ...(await store.prune(before, now)) };
    },
    close: store.close,
  };
}

const isNamed = (env: NodeJS.ProcessEnv): boolean =>
  ['DATABASE_URL', 'DATABASE_URL_FILE'].some((name) => (env[name] ?? '').trim() !== '');

function refuseMissing(file: string, mayMake: boolean): void {
  if (mayMake || existsSync(file)) return;
  throw new ConfigError([
    `DATABASE_URL: expected the database of the service; there is none at ${file}, and none was made`,
  ]);
}

/** Looks at the database that a URL names; changes nothing. */
export async function inspectDatabase(url: string): Promise<DatabaseInspection> {
  if (!isPostgresql(url)) return inspectFile(pathOf(url));
  const { inspectPostgresql } = await import('../store/postgresql/inspect.ts');
  return inspectPostgresql(url);
}

/**
 * Copies the database that the environment names. It is not opened as a store: its schema stays that of the service.
 * @throws ConfigError, AppError
 */
export async function backUpDatabase(
  env: NodeJS.ProcessEnv,
  to: string,
  { force }: { readonly force: boolean },
): Promise<Backup> {
  const { databaseUrl, encryptionKeys } = readDatabaseConfig(env);
  if (isPostgresql(databaseUrl))
    throw new ConfigError([
      'DATABASE_URL: PostgreSQL is backed up by its own means, as pg_dump; see docs/postgresql.md',
    ]);
  const database = pathOf(databaseUrl);
  const bytes = await backUp({ from: database, to, force });
  return { database, bytes, keyFile: encryptionKeys === null ? `${database}.key` : null };
}
