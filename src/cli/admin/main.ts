import { CommanderError } from 'commander';
import { Failure } from '../../client/errors.ts';
import { plainText } from '../../domain/terminal-text.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';

interface Options {
  readonly args: readonly string[];
  readonly version: string;
}

/** `pipeline-trigger`. @returns the exit code */
export async function runAdminCommand({ args, version }: Options, context: Context): Promise<number> {
  try {
    await createProgram(version, context).parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // Commander has printed its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const message = error instanceof Error ? error.message : String(error);
    context.stderr.write(`pipeline-trigger: ${plainText(message)}\n`);
    if (error instanceof Failure) return error.exitCode;
    // Recognized by its name: its class is in a file that only some commands load.
    return error instanceof Error && error.name === 'ConfigError' ? exitCodes.usage : exitCodes.refused;
  }
}
