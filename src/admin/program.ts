import { Command } from 'commander';
import { registerDemo } from './commands/demo.ts';
import { registerKeys } from './commands/keys.ts';
import { registerPolicy } from './commands/policy.ts';
import { registerServe } from './commands/serve.ts';
import { registerSimulator } from './commands/simulator.ts';
import type { Context, Register } from './context.ts';

/** Every group of commands, in the order of the help. */
const groups: readonly Register[] = [
  registerServe,
  registerDemo,
  registerSimulator,
  registerKeys,
  registerPolicy,
];

/** The whole command line of `pipeline-trigger`. */
export function createProgram(version: string, context: Context): Command {
  const program = new Command('pipeline-trigger')
    .description('Trigger GitLab pipelines and wait for their results, without polling')
    .version(version)
    .exitOverride();
  for (const register of groups) register(program, context);
  return program;
}
