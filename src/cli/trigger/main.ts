import { Failure } from '../../client/errors.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import type { Command, TriggerEnvironment } from './command.ts';
import { secretsOf } from './command.ts';
import { outcomeExitCodes } from './exit-code.ts';
import { flags, positional } from './flags.ts';
import { help } from './help.ts';
import type { Interruptible } from './interrupt.ts';
import { UsageError } from './parse-arguments.ts';
import type { Session } from './progress.ts';
import { readCommand } from './read-command.ts';
import type { ScreenOutput, Screen } from './screen.ts';
import type { CommandShape } from './usage.ts';
import { usage } from './usage.ts';

/** The parts of the process that the command uses. */
export interface TriggerContext {
  readonly args: readonly string[];
  readonly env: TriggerEnvironment;
  readonly stdout: ScreenOutput;
  readonly stderr: ScreenOutput;
  readonly process: Interruptible;
  /** Opens the session; its module is loaded on demand. */
  readonly openSession: (command: Command, screen: Screen) => Promise<Session>;
}

const shape: CommandShape = { program: 'trigger', flags: Object.values(flags), positional };
const description = 'Tool to trigger and monitor a remote GitLab pipeline';
const footer = [
  'environment:',
  '  TRIGGER_API_TOKEN, TRIGGER_PIPELINE_TOKEN   instead of -a and -p, so that `ps` does not show them',
  '  PIPELINE_TRIGGER_URL                        instead of --server',
  '  PIPELINE_TRIGGER_TOKEN, PIPELINE_TRIGGER_ID_TOKEN',
  '                                              who calls the service: an API key, or an id_token of GitLab',
  '',
  'exit codes: 0 success, 1 the pipeline did not succeed or could not be triggered,',
  '            2 usage, or nobody could say how the pipeline ended',
  '',
].join('\n');

/** `trigger`. @returns the exit code */
export async function runTriggerCommand(surroundings: TriggerContext): Promise<number> {
  const { args, env, stdout, stderr } = surroundings;
  try {
    const command = readCommand(args, env);
    if (command !== 'help') return await start(command, surroundings);
    stdout.write(help(shape, description, footer));
    return outcomeExitCodes.success;
  } catch (error) {
    if (error instanceof UsageError) {
      stderr.write(`${usage(shape)}${shape.program}: error: ${plainLine(error.message)}\n`);
      return outcomeExitCodes.usage;
    }
    const { message, exitCode } = error instanceof Failure ? error : internal(error);
    stderr.write(`${shape.program}: error: ${plainLine(message)}\n`);
    return exitCode;
  }
}

/** A fault of the command: one line in the job's log, and a failure. */
const internal = (error: unknown): Failure =>
  new Failure(`internal error: ${error instanceof Error ? error.message : String(error)}`);

async function start(
  command: Command,
  { env, stdout, stderr, process, openSession }: TriggerContext,
): Promise<number> {
  const [{ obeyNetworkEnvironment }, { createScreen }, { openDotenvFile }, { run }] = await Promise.all([
    import('../../client/network.ts'),
    import('./screen.ts'),
    import('./dotenv-file.ts'),
    import('./run.ts'),
  ]);
  const screen = createScreen({ stdout, stderr, env, secrets: secretsOf(command) });
  obeyNetworkEnvironment(env, screen.note);
  const dotenv = command.dotenv === null ? null : openDotenvFile(command.dotenv, screen.note);
  const session = await openSession(command, screen);
  return run({ command, session, screen, dotenv, process, env });
}
