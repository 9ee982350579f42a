import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pipelineTrigger } from './built.ts';
import { refuseLeak } from './canary.ts';
import { node, repository } from './repository.ts';

export { node, repository };

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
  folder = repository,
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: folder,
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
  const finished = await run(node, [pipelineTrigger, ...args], env);
  refuseLeak('what pipeline-trigger prints', finished.stdout + finished.stderr);
  return finished;
}
