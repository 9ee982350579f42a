import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { noFilters, withSchemaEngine } from './schema-engine.ts';

/** Where the package keeps its schema and migrations. */
export const prismaDirectory = fileURLToPath(new URL('../../prisma/', import.meta.url));

/** prisma/migrations, as the engine takes them: oldest first. */
async function readMigrations() {
  const baseDir = path.join(prismaDirectory, 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (name) => {
      const value = await readFile(path.join(baseDir, name, 'migration.sql'), 'utf8');
      return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
    }),
  );
  const lockfile = {
    path: 'migration_lock.toml',
    content: await readFile(path.join(baseDir, 'migration_lock.toml'), 'utf8'),
  };
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories };
}

/**
 * Brings a database to the newest schema, as `prisma migrate deploy` does, but without a download.
 * @param url `file:…`
 * @returns the names of the migrations that were applied
 */
export async function migrate(url: string): Promise<readonly string[]> {
  const migrationsList = await readMigrations();
  return withSchemaEngine(url, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilters });
    return appliedMigrationNames;
  });
}
