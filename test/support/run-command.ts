import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { refuseLeak } from './canary.ts';

/** Where the repository lies on this machine. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The Node that the repository pins, whatever the machine has. */
export const node = `${repository}node_modules/.bin/node`;

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Of this process's environment it sees nothing but the PATH. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: repository,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: await stdout, stderr: await stderr };
}

/** Runs `pipeline-trigger` to its end. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const finished = await run(node, ['src/bin/pipeline-trigger.ts', ...args], env);
  refuseLeak('what pipeline-trigger prints', finished.stdout + finished.stderr);
  return finished;
}
