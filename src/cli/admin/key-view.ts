import type { ApiKey } from '../../app/access/api-keys.ts';
import type { Table } from './table.ts';
import { isoOf, minuteOf } from './times.ts';

/** A key as JSON. */
export const keyView = ({ createdAt, expiresAt, lastUsedAt, revokedAt, ...key }: ApiKey) => ({
  ...key,
  createdAt: isoOf(createdAt),
  expiresAt: isoOf(expiresAt),
  lastUsedAt: isoOf(lastUsedAt),
  revokedAt: isoOf(revokedAt),
});

function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): string {
  if (revokedAt !== null) return `revoked ${minuteOf(revokedAt)}`;
  if (expiresAt === null) return 'in force';
  return `${now < expiresAt ? 'expires' : 'expired'} ${minuteOf(expiresAt)}`;
}

/** @param now milliseconds since the epoch */
export const keyTable = (keys: readonly ApiKey[], now: number): Table => ({
  columns: [
    { title: 'ID' },
    { title: 'NAME' },
    { title: 'ROLE' },
    { title: 'PROJECTS', shrinks: true },
    { title: 'LAST USED' },
    { title: 'STATE' },
  ],
  rows: keys.map((key) => [
    key.id,
    key.name,
    key.role,
    key.projects?.join(' ') ?? 'any',
    key.lastUsedAt === null ? 'never' : minuteOf(key.lastUsedAt),
    stateOf(key, now),
  ]),
});
