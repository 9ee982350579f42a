import type { ApiKey } from '../access/api-keys.ts';

/** What can be seen of a database without making, changing or locking anything. */
export type DatabaseInspection =
  /** There is no file: the first start makes one. */
  | { readonly kind: 'missing' }
  /** It cannot be read, or is no database. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'seen';
      /** What `PRAGMA integrity_check` says: `ok`, or the first thing that is wrong. */
      readonly integrity: string;
      /** Changes that the next start makes. */
      readonly due: readonly string[];
      /** A change that this version does not know; null for none. */
      readonly newer: string | null;
      /** A change of a build from before the first release; null for none. */
      readonly older: string | null;
      readonly keys: readonly ApiKey[];
    };
