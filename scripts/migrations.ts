/**
 * `node scripts/migrations.ts check`: fails when prisma/schema.prisma and prisma/migrations tell different stories.
 * `node scripts/migrations.ts create NAME`: writes the migration that brings them together.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate, prismaDirectory } from '../src/store/migrate.ts';
import { noFilters, withSchemaEngine } from '../src/store/schema-engine.ts';

const schema = {
  path: 'schema.prisma',
  content: await readFile(path.join(prismaDirectory, 'schema.prisma'), 'utf8'),
};

/** The SQL that leads from a database made by the migrations to the schema; null when they agree. */
async function drift(): Promise<string | null> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-schema-'));
  const url = `file:${path.join(directory, 'migrated.db')}`;
  try {
    await migrate(url);
    const diff = await withSchemaEngine(
      url,
      (engine) =>
        engine.diff({
          from: { tag: 'schemaDatasource', files: [schema], configDir: prismaDirectory },
          to: { tag: 'schemaDatamodel', files: [schema] },
          script: true,
          exitCode: true,
          filters: noFilters,
        }),
      { schema },
    );
    return diff.exitCode === 0 ? null : (diff.stdout ?? '');
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function create(name: string): Promise<void> {
  const sql = await drift();
  if (sql === null) {
    print('the migrations are up to date');
    return;
  }
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const directory = path.join(prismaDirectory, 'migrations', `${stamp}_${name}`);
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'migration.sql'), sql);
  print(`wrote ${path.relative(process.cwd(), directory)}/migration.sql`);
}

async function check(): Promise<void> {
  const sql = await drift();
  if (sql === null) {
    print('schema and migrations agree');
    return;
  }
  print(`prisma/schema.prisma is ahead of prisma/migrations; run: npm run migration -- NAME\n\n${sql}`);
  process.exitCode = 1;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const [command, name] = process.argv.slice(2);
if (command === 'check') await check();
else if (command === 'create' && name !== undefined) await create(name);
else {
  print('usage: node scripts/migrations.ts check | create NAME');
  process.exitCode = 2;
}
