import type { ApiKeys } from './app/api-keys.ts';
import { createApiKeys } from './app/api-keys.ts';
import { systemClock as clock } from './clock.ts';
import type { Config } from './config.ts';
import { readNews } from './gitlab/read-news.ts';
import { keySecrets, newKeyId } from './store/key-secret.ts';
import { openStore } from './store/open-store.ts';

/** What the operator's commands do to the database itself, whether the service runs or not. */
export interface OpenDatabase {
  readonly keys: ApiKeys;
  readonly close: () => Promise<void>;
}

/** Opens the database, without the service around it. */
export async function composeDatabase({
  databaseUrl,
  encryptionKeys,
}: Pick<Config, 'databaseUrl' | 'encryptionKeys'>): Promise<OpenDatabase> {
  const store = await openStore({ url: databaseUrl, encryptionKeys, readNews });
  return {
    keys: createApiKeys({ store: store.keys, secrets: keySecrets, newId: newKeyId, clock }),
    close: store.close,
  };
}
