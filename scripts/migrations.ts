/**
 * `node scripts/migrations.ts check`: fails when prisma/schema.prisma and the migrations of a database
 * disagree.
 * `node scripts/migrations.ts create NAME`: writes the migrations that bring them together, for both databases.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { databases } from './migrations/databases.ts';

async function create(name: string): Promise<void> {
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  for (const { folder, drift, settle } of databases) {
    const sql = await drift();
    if (sql === null) {
      await settle();
      print(`${relative(folder)} is up to date`);
      continue;
    }
    const directory = path.join(folder, `${stamp}_${name}`);
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, 'migration.sql'), sql);
    await settle();
    print(`wrote ${relative(directory)}/migration.sql`);
  }
}

async function check(): Promise<void> {
  for (const { folder, drift } of databases) {
    const sql = await drift();
    if (sql === null) {
      print(`the schema and ${relative(folder)} agree`);
      continue;
    }
    print(`prisma/schema.prisma is ahead of ${relative(folder)}; run: npm run migration -- NAME\n\n${sql}`);
    process.exitCode = 1;
  }
}

const relative = (file: string): string => path.relative(process.cwd(), file);

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const [command, name] = process.argv.slice(2);
if (command === 'check') await check();
else if (command === 'create' && name !== undefined) await create(name);
else {
  print('usage: node scripts/migrations.ts check | create NAME');
  process.exitCode = 2;
}
