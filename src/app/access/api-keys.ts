import type { Actor, Caller, Role } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { keyName, projectPattern } from '../../domain/access/key-rules.ts';
import type { Audit } from './audit.ts';
import type { Clock } from '../ports/index.ts';
import { dayMs } from '../../domain/time.ts';

/** A key as it is stored: only its owner knows the key itself. */
export interface ApiKey {
  readonly id: string;
  /** The owner of its triggers: keys of one name are one caller, so that a key can be replaced by the next. */
  readonly name: string;
  readonly role: Role;
  readonly projects: readonly string[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** All methods throw AppError `storage_unavailable` while the database cannot be used. */
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
  /** @returns the stored key, and the key itself, which is shown only this once. @throws AppError `invalid` */
  readonly create: (
    order: KeyOrder,
    actor: Actor,
  ) => Promise<{ readonly key: ApiKey; readonly secret: string }>;
  readonly list: () => Promise<readonly ApiKey[]>;
  /** @param which the id of a key, or its name where only one is valid. @throws AppError `not_found`, `invalid` */
  readonly revoke: (which: string, actor: Actor) => Promise<ApiKey>;
  /** The caller with this key; null for an unknown one. */
  readonly callerOf: (secret: string) => Promise<Caller | null>;
}

/** The form of a key. */
export interface KeySecrets {
  readonly create: () => string;
  /** The digest that is stored of a key; null for a text that does not have the form of a key. */
  readonly digestOf: (text: string) => string | null;
}

interface Deps {
  readonly store: KeyStore;
  readonly secrets: KeySecrets;
  readonly newId: () => string;
  readonly clock: Pick<Clock, 'now'>;
  readonly audit: Audit;
}

/** Recording each use would cost a write for each request. */
const useMs = 60_000;

/** @throws AppError `invalid` */
function check({ name, projects }: KeyOrder): void {
  if (!keyName.accepts(name)) throw new AppError('invalid', `name: expected ${keyName.expected}`);
  if (projects?.every(projectPattern.accepts) === false)
    throw new AppError('invalid', `projects: expected ${projectPattern.expected}`);
}

/** At least one character behind the kind of the id. */
const isBeginning = (id: string, text: string): boolean => text.length > 'key_'.length && id.startsWith(text);

/** The API keys, which an operator creates and revokes. */
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
      const named = keys.filter(({ id, name }) => id === which || name === which);
      const found = named.length > 0 ? named : keys.filter(({ id }) => isBeginning(id, which));
      const [key, ...others] = found;
      if (key === undefined) throw new AppError('not_found', `there is no key ${which} in force`);
      if (others.length > 0)
        throw new AppError(
          'invalid',
          `${found.length} keys ${named.length > 0 ? `are named ${which}` : `have ids that begin with ${which}`}; say which by its id`,
        );
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
