import type { ApiKey, ApiKeys, KeyOrder } from './app/api-keys.ts';
import { systemClock as clock } from './clock.ts';
import { composeDatabase } from './compose-database.ts';
import { readDatabaseConfig } from './config.ts';

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  /** As JSON instead of as text. */
  readonly json: boolean;
}

async function withKeys<T>({ env }: Surroundings, work: (keys: ApiKeys) => Promise<T>): Promise<T> {
  const database = await composeDatabase(readDatabaseConfig(env));
  try {
    return await work(database.keys);
  } finally {
    await database.close();
  }
}

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const keyView = ({ createdAt, expiresAt, lastUsedAt, revokedAt, ...key }: ApiKey) => ({
  ...key,
  createdAt: isoOf(createdAt),
  expiresAt: isoOf(expiresAt),
  lastUsedAt: isoOf(lastUsedAt),
  revokedAt: isoOf(revokedAt),
});

/** `keys create`: what the key looks like is printed this once. */
export async function createKey(order: KeyOrder, surroundings: Surroundings): Promise<void> {
  const { key, secret } = await withKeys(surroundings, ({ create }) => create(order));
  const { print, json } = surroundings;
  print(json ? `${JSON.stringify({ ...keyView(key), key: secret })}\n` : `${secret}\n`);
}

/** `keys revoke`: from now on the key is nobody's. */
export async function revokeKey(which: string, surroundings: Surroundings): Promise<void> {
  const key = await withKeys(surroundings, ({ revoke }) => revoke(which));
  const { print, json } = surroundings;
  print(json ? `${JSON.stringify(keyView(key))}\n` : `revoked ${key.id} (${key.name})\n`);
}

/** `keys list`: all keys, revoked ones included. */
export async function listKeys(surroundings: Surroundings): Promise<void> {
  const keys = await withKeys(surroundings, ({ list }) => list());
  const { print, json } = surroundings;
  if (json) print(`${JSON.stringify(keys.map(keyView))}\n`);
  else print(table([headings, ...keys.map((key) => row(key, clock.now()))]));
}

const headings = ['ID', 'NAME', 'ROLE', 'PROJECTS', 'LAST USED', 'STATE'] as const;

const minuteOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): string {
  if (revokedAt !== null) return `revoked ${minuteOf(revokedAt)}`;
  if (expiresAt === null) return 'in force';
  return `${now < expiresAt ? 'expires' : 'expired'} ${minuteOf(expiresAt)}`;
}

const row = (key: ApiKey, now: number): readonly string[] => [
  key.id,
  key.name,
  key.role,
  key.projects?.join(' ') ?? 'any',
  key.lastUsedAt === null ? 'never' : minuteOf(key.lastUsedAt),
  stateOf(key, now),
];

/** Columns as wide as what stands in them. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows
    .map(
      (cells) =>
        cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('');
}
