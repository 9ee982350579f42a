import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { node } from './run-command.ts';

const script = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1]);
  database.exec('PRAGMA journal_mode = WAL');
  database.prepare('SELECT COUNT(*) FROM sqlite_master').get();
  console.log('open');
  process.stdin.resume();
`;

/**
 * Has a database open in another process, as a service has, until the returned function is called or the test ends.
 * @param options.isStopped whether that process is stopped (`kill -STOP`)
 */
export async function useDatabase(
  file: string,
  { isStopped = false }: { readonly isStopped?: boolean } = {},
): Promise<() => Promise<void>> {
  const child = spawn(node, ['-e', script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const letGo = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(letGo);
  await Promise.race([once(child.stdout, 'data'), ended]);
  if (isStopped) child.kill('SIGSTOP');
  return letGo;
}
