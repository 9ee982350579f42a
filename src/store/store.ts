import type { KeyStore } from '../app/access/api-keys.ts';
import type {
  AuditLog,
  CallbackStore,
  ChangeFeed,
  DeliveryStore,
  HistoryStore,
  Log,
  ParsePayload,
  Prune,
  RunStatistics,
  TriggerStore,
} from '../app/ports/index.ts';
import type { Processes } from '../app/ports/processes.ts';
import { createAuditStore } from './audit-store.ts';
import { createCallbackStore } from './callback-store.ts';
import type { Database } from './database.ts';
import type { Committed } from './delivery-store.ts';
import { createDeliveryStore } from './delivery-store.ts';
import type { Encryption } from './encryption.ts';
import { createHistoryStore } from './history-store.ts';
import { createRunStatistics } from './run-statistics.ts';
import { createKeyStore } from './key-store.ts';
import type { LeaderLock } from './leader-lock.ts';
import { countPrunable, prune } from './prune.ts';
import type { KeyRotation } from './rotate-key.ts';
import { rotateKey } from './rotate-key.ts';
import { createTriggerStore } from './trigger-store.ts';

/** What is kept in tables, the same whatever kind of database it is. */
interface Tables {
  readonly triggers: TriggerStore;
  readonly inbox: DeliveryStore;
  readonly history: HistoryStore;
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  readonly callbacks: CallbackStore;
  readonly statistics: RunStatistics;
  /** Resolves when writing works. @throws AppError `storage_unavailable` */
  readonly check: () => Promise<void>;
  /** Removes what finished, or came in, before a time. @returns how many of each */
  readonly prune: Prune;
  /** How many of each that would be. */
  readonly countPrunable: (before: number) => ReturnType<Prune>;
  /** Encryptions with the key that writes now what an earlier one encrypted. */
  readonly rotateKey: () => Promise<KeyRotation>;
}

/** How the processes on one database share what the service does by itself; null for a command, which does none of it. */
export type Sharing =
  | { readonly kind: 'lock'; readonly lock: Pick<LeaderLock, 'take' | 'sendHeartbeat' | 'lastHeartbeat'> }
  | { readonly kind: 'processes'; readonly processes: Processes }
  | null;

/** Everything that is kept in the database. */
export interface Store extends Tables {
  readonly sharing: Sharing;
  /** What other processes on the database store. */
  readonly changes: ChangeFeed;
  readonly close: () => Promise<void>;
}

export interface StoreOptions {
  /** `file:…` or `postgresql://…` */
  readonly url: string;
  /** The same PostgreSQL without a pooler in between; `url` unless given. */
  readonly directUrl?: string | null;
  /** 32 bytes each, the first one writes; null: one is made once, beside the database, which PostgreSQL has not. */
  readonly encryptionKeys: readonly [Buffer, ...Buffer[]] | null;
  readonly parsePayload: ParsePayload;
  readonly committed?: Committed | undefined;
  /** Whether this process works on the database by itself, unlike a command. */
  readonly joins?: boolean;
  readonly log?: Pick<Log, 'warn' | 'error'>;
}

interface TableOptions extends Pick<StoreOptions, 'parsePayload' | 'committed'> {
  readonly encryption: Encryption;
}

/** The stores over a database that is open. */
export const createTables = (
  database: Database,
  { encryption, parsePayload, committed }: TableOptions,
): Tables => ({
  triggers: createTriggerStore(database, encryption),
  inbox: createDeliveryStore(database, parsePayload, committed),
  history: createHistoryStore(database),
  keys: createKeyStore(database),
  audit: createAuditStore(database),
  callbacks: createCallbackStore(database, encryption),
  statistics: createRunStatistics(database),
  check: database.check,
  prune: (before, now) => prune(database, before, now),
  countPrunable: (before) => countPrunable(database, before),
  rotateKey: () => rotateKey(database, encryption),
});

/** Whether a database is PostgreSQL, by its URL. */
export const isPostgresql = (url: string): boolean => /^postgres(?:ql)?:/.test(url);
