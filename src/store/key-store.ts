import type { ApiKey, KeyStore } from '../app/access/api-keys.ts';
import type { Role } from '../domain/access/caller.ts';
import type { Query } from './query-database.ts';
import type { Database } from './database.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly projects: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const keyFrom = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  role: row.role as Role,
  projects: row.projects === null ? null : (JSON.parse(row.projects) as string[]),
  createdAt: row.createdAt.getTime(),
  expiresAt: row.expiresAt?.getTime() ?? null,
  lastUsedAt: row.lastUsedAt?.getTime() ?? null,
  revokedAt: row.revokedAt?.getTime() ?? null,
});

const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** API keys in the database, by their digests. */
export function createKeyStore({ read, write }: Pick<Database, 'read' | 'write'>): KeyStore {
  return {
    async add({ id, name, role, projects, createdAt, expiresAt }, digest) {
      const data = {
        ...{ id, name, role, digest },
        projects: projects === null ? null : JSON.stringify(projects),
        createdAt: new Date(createdAt),
        expiresAt: dateOrNull(expiresAt),
      };
      await write((client) => client.apiKey.create({ data }));
    },
    async find(digest) {
      const row = await read((client) => client.apiKey.findUnique({ where: { digest } }));
      return row === null ? undefined : keyFrom(row);
    },
    async list() {
      const orderBy = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];
      return (await read((client) => client.apiKey.findMany({ orderBy }))).map(keyFrom);
    },
    async revoke(id, at) {
      await write((client) => client.apiKey.update({ where: { id }, data: { revokedAt: new Date(at) } }));
    },
    async noteUse(id, at) {
      await write((client) => client.apiKey.update({ where: { id }, data: { lastUsedAt: new Date(at) } }));
    },
  };
}

/** All keys of a database that is not opened as the store; none where it is from before there were keys. */
export async function keysIn(query: Query, hasTables: boolean): Promise<readonly ApiKey[]> {
  const rows = !hasTables ? [] : await query('SELECT * FROM "ApiKey" ORDER BY "createdAt", "id"');
  return rows.map((row) => keyFrom(withDates(row)));
}

/** Times are stored as text. */
function withDates(row: Readonly<Record<string, unknown>>): Row {
  const dateOf = (name: string): Date | null => {
    const value = row[name];
    return typeof value === 'string' ? new Date(value) : null;
  };
  return {
    ...(row as unknown as Row),
    createdAt: dateOf('createdAt') ?? new Date(0),
    expiresAt: dateOf('expiresAt'),
    lastUsedAt: dateOf('lastUsedAt'),
    revokedAt: dateOf('revokedAt'),
  };
}
