import type { ApiKey } from '../access/api-keys.ts';

/** The state of a database, read without creating, changing or locking anything. */
export type DatabaseInspection =
  /** There is no file: the first start creates one. */
  | { readonly kind: 'missing' }
  /** It cannot be read, or is no database. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'seen';
      /** The result of `PRAGMA integrity_check`: `ok`, or the first error. */
      readonly integrity: string;
      /** Migrations that the next start runs. */
      readonly due: readonly string[];
      /** A migration that this version does not know; null for none. */
      readonly newer: string | null;
      /** A migration of a build from before the first release; null for none. */
      readonly older: string | null;
      readonly keys: readonly ApiKey[];
    };
