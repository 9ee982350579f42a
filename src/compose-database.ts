import type { OpenDatabase } from './admin/context.ts';
import { createApiKeys } from './app/api-keys.ts';
import { createAudit } from './app/audit.ts';
import { systemClock as clock } from './clock.ts';
import { readDatabaseConfig } from './config.ts';
import { readNews } from './gitlab/read-news.ts';
import { operator } from './operator.ts';
import { keySecrets, newKeyId } from './store/key-secret.ts';
import { openStore } from './store/open-store.ts';

/**
 * Opens the database that the environment names, without the service around it.
 * @throws ConfigError
 */
export async function composeDatabase(env: NodeJS.ProcessEnv): Promise<OpenDatabase> {
  const { databaseUrl, encryptionKeys } = readDatabaseConfig(env);
  const store = await openStore({ url: databaseUrl, encryptionKeys, readNews });
  // Its log lines would stand among what the operator reads.
  const audit = createAudit({ store: store.audit, clock, log: { info: () => undefined } });
  return {
    keys: createApiKeys({ store: store.keys, secrets: keySecrets, newId: newKeyId, clock, audit }),
    operator: operator(),
    close: store.close,
  };
}
