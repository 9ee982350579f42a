import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { KeyStore } from '../app/access/api-keys.ts';
import type {
  AuditLog,
  CallbackStore,
  ChangeFeed,
  DeliveryStore,
  HistoryStore,
  Log,
  Prune,
  ParsePayload,
  TriggerStore,
} from '../app/ports/index.ts';
import { createAuditStore } from './audit-store.ts';
import { createCallbackStore } from './callback-store.ts';
import { createChangeFeed } from './change-feed.ts';
import type { LeaderLock } from './leader-lock.ts';
import { createLeaderLock } from './leader-lock.ts';
import { openDatabase } from './database.ts';
import type { Committed } from './delivery-store.ts';
import { createDeliveryStore } from './delivery-store.ts';
import { readOrMakeKey } from './encryption-key.ts';
import { createHistoryStore } from './history-store.ts';
import { migrate } from './migrate.ts';
import { makePrivateFile } from './private-file.ts';
import { countPrunable, prune } from './prune.ts';
import type { KeyRotation } from './rotate-key.ts';
import { rotateKey } from './rotate-key.ts';
import { createEncryption } from './encryption.ts';
import { explainFileProblem, fileProblemOf } from './storage-problem.ts';
import { createKeyStore } from './key-store.ts';
import { createTriggerStore } from './trigger-store.ts';

/** Everything that is kept on disk. */
export interface Store {
  readonly triggers: TriggerStore;
  readonly inbox: DeliveryStore;
  readonly history: HistoryStore;
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  readonly callbacks: CallbackStore;
  /** Resolves when writing works. @throws AppError `storage_unavailable` */
  readonly check: () => Promise<void>;
  /** Removes what finished, or came in, before a time. @returns how many of each */
  readonly prune: Prune;
  /** How many of each that would be. */
  readonly countPrunable: (before: number) => ReturnType<Prune>;
  /** Encryptions with the key that writes now what an earlier one encrypted. */
  readonly rotateKey: () => Promise<KeyRotation>;
  /** Whether this process is the one that works on the database by itself, from now on until it closes it. */
  readonly claim: () => Promise<boolean>;
  /** Whether that process, where it is another one, still runs: see LeaderLock. */
  readonly leaderHeartbeat: Pick<LeaderLock, 'sendHeartbeat' | 'lastHeartbeat'>;
  /** What other processes on the database store. */
  readonly changes: ChangeFeed;
  readonly close: () => Promise<void>;
}

interface StoreOptions {
  /** `file:…` */
  readonly url: string;
  /** 32 bytes each, the first one writes; null: one is made once, beside the database. */
  readonly encryptionKeys: readonly [Buffer, ...Buffer[]] | null;
  readonly parsePayload: ParsePayload;
  readonly committed?: Committed;
  readonly log?: Pick<Log, 'warn' | 'error'>;
}

/** The path of a `file:` URL, as SQLite's driver takes it: without blanks and line ends around it. */
export const pathOf = (url: string): string => url.replace(/^file:/, '').trim();

const noLog: Pick<Log, 'warn' | 'error'> = { warn: () => undefined, error: () => undefined };

/**
 * Opens the database, creates or migrates it if need be. Nobody but its user may read what it holds.
 * @throws Error that says what to do: when the file is not a database, or damaged; see also `migrate`
 */
export async function openStore({ url: given, log = noLog, ...options }: StoreOptions): Promise<Store> {
  // Read once: the database, its key, its lock and their modes belong to one file.
  const file = pathOf(given);
  const url = `file:${file}`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  warnIfEmptied(file, log);
  makePrivateFile(file);
  try {
    await migrate(url);
    return await openMigrated(file, { url, log, ...options });
  } catch (error) {
    const problem = fileProblemOf(error);
    throw problem === null ? error : new Error(explainFileProblem(problem, file), { cause: error });
  }
}

async function openMigrated(
  file: string,
  { url, encryptionKeys, parsePayload, committed, log = noLog }: StoreOptions,
): Promise<Store> {
  const database = await openDatabase(url, log);
  const claim = createLeaderLock(`${file}.lock`);
  const encryption = createEncryption(encryptionKeys ?? [await readOrMakeKey(`${file}.key`)]);
  const changes = await createChangeFeed(database);
  return {
    triggers: createTriggerStore(database, encryption),
    inbox: createDeliveryStore(database, parsePayload, (deliveries, ms) => {
      changes.storedHere(deliveries);
      committed?.(deliveries, ms);
    }),
    history: createHistoryStore(database),
    keys: createKeyStore(database),
    audit: createAuditStore(database),
    callbacks: createCallbackStore(database, encryption),
    check: database.check,
    prune: (before, now) => prune(database, before, now),
    countPrunable: (before) => countPrunable(database, before),
    rotateKey: () => rotateKey(database, encryption),
    claim: claim.take,
    leaderHeartbeat: claim,
    changes,
    close: async () => {
      await database.close();
      await claim.release();
    },
  };
}

/** What lies beside a database is made after it: where only that is left, the database is gone. */
function warnIfEmptied(file: string, log: Pick<Log, 'warn'>): void {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const left = [`${file}.key`, `${file}.lock`].find((beside) => existsSync(beside));
  if (bytes > 0 || left === undefined) return;
  log.warn(
    { file },
    `${file} is empty although ${left} is there: starting with an empty database; if there was one, stop, ` +
      'and put a backup in its place; see docs/troubleshooting.md',
  );
}
