import type { Actor, Caller, Role } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { keyName, projectPattern } from '../../domain/access/key-rules.ts';
import type { Audit } from './audit.ts';
import type { Clock } from '../ports/index.ts';
import { dayMs } from '../../domain/time.ts';

/** A key as it is kept: what it looks like is known to its owner only. */
export interface ApiKey {
  readonly id: string;
  /** Whose triggers it makes: keys of one name are one caller, so that a key can be replaced by the next. */
  readonly name: string;
  readonly role: Role;
  readonly projects: readonly string[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** All methods throw AppError `storage_unavailable` when the database cannot be used just now. */
export interface KeyStore {
  add(key: ApiKey, digest: string): Promise<void>;
  /** By the digest of what the caller sent. */
  find(digest: string): Promise<ApiKey | undefined>;
  /** All keys, revoked ones included, the oldest first. */
  list(): Promise<readonly ApiKey[]>;
  revoke(id: string, at: number): Promise<void>;
  noteUse(id: string, at: number): Promise<void>;
}

export interface KeyOrder {
  readonly name: string;
  readonly role: Role;
  readonly projects: readonly string[] | null;
  /** Null: it does not expire. */
  readonly days: number | null;
}

export interface ApiKeys {
  /** @returns the key, and what it looks like, which cannot be had again. @throws AppError `invalid` */
  readonly create: (
    order: KeyOrder,
    actor: Actor,
  ) => Promise<{ readonly key: ApiKey; readonly secret: string }>;
  readonly list: () => Promise<readonly ApiKey[]>;
  /** @param which the id of a key, or its name where only one is in force. @throws AppError `not_found`, `invalid` */
  readonly revoke: (which: string, actor: Actor) => Promise<ApiKey>;
  /** Who calls with this; null for nobody. */
  readonly callerOf: (secret: string) => Promise<Caller | null>;
}

/** What keys look like to their owners. */
export interface KeySecrets {
  readonly create: () => string;
  /** What is kept of a key to know it by; null for a text that no key looks like. */
  readonly digestOf: (text: string) => string | null;
}

interface Deps {
  readonly store: KeyStore;
  readonly secrets: KeySecrets;
  readonly newId: () => string;
  readonly clock: Pick<Clock, 'now'>;
  readonly audit: Audit;
}

/** Writing down each single use would be a write for each request. */
const useMs = 60_000;

/** @throws AppError `invalid` */
function check({ name, projects }: KeyOrder): void {
  if (!keyName.accepts(name)) throw new AppError('invalid', `name: expected ${keyName.expected}`);
  if (projects?.every(projectPattern.accepts) === false)
    throw new AppError('invalid', `projects: expected ${projectPattern.expected}`);
}

/** What the service lets in: keys, made and revoked by the operator. */
export function createApiKeys({ store, secrets, newId, clock, audit }: Deps): ApiKeys {
  const isInForce = ({ revokedAt, expiresAt }: ApiKey): boolean =>
    revokedAt === null && (expiresAt === null || clock.now() < expiresAt);

  return {
    async create(order, actor) {
      check(order);
      const { name, role, projects, days } = order;
      const now = clock.now();
      const key: ApiKey = {
        id: newId(),
        name,
        role,
        projects,
        createdAt: now,
        expiresAt: days === null ? null : now + days * dayMs,
        lastUsedAt: null,
        revokedAt: null,
      };
      await audit.note(actor, 'key.create', key.id, { name, role, projects, days });
      const secret = secrets.create();
      await store.add(key, secrets.digestOf(secret) ?? '');
      return { key, secret };
    },

    list: () => store.list(),

    async revoke(which, actor) {
      const keys = (await store.list()).filter(({ revokedAt }) => revokedAt === null);
      const found = keys.filter(({ id, name }) => id === which || name === which);
      const [key, ...others] = found;
      if (key === undefined) throw new AppError('not_found', `there is no key ${which} in force`);
      if (others.length > 0)
        throw new AppError('invalid', `${found.length} keys are named ${which}; say which by its id`);
      await audit.note(actor, 'key.revoke', key.id, { name: key.name });
      const revokedAt = clock.now();
      await store.revoke(key.id, revokedAt);
      return { ...key, revokedAt };
    },

    async callerOf(secret) {
      const digest = secrets.digestOf(secret);
      const key = digest === null ? undefined : await store.find(digest);
      if (key === undefined || !isInForce(key)) return null;
      const now = clock.now();
      if (now - (key.lastUsedAt ?? 0) >= useMs) await store.noteUse(key.id, now);
      const { name, role, projects, expiresAt } = key;
      return { id: name, role, projects, ...(expiresAt === null ? {} : { expiresAt }) };
    },
  };
}
