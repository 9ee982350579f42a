import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { node } from './repository.ts';

const script = `
  const { DatabaseSync } = require('node:sqlite');
  // The service may be writing just now.
  const database = new DatabaseSync(process.argv[1], { timeout: 20_000 });
  database.exec('BEGIN EXCLUSIVE');
  console.log('locked');
  process.stdin.resume();
`;

/**
 * Keeps everyone from writing to a database until the returned function is called. From another process: SQLite's
 * locks do not tell two copies of SQLite in one process apart.
 */
export async function holdDatabase(file: string): Promise<() => Promise<void>> {
  const child = spawn(node, ['-e', script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => {
    throw new Error(`the database could not be held: exit code ${code}`);
  });
  await Promise.race([once(child.stdout, 'data'), failed]);
  failed.catch(() => undefined);
  return async () => {
    child.stdin.end();
    child.kill();
    await ended;
  };
}
