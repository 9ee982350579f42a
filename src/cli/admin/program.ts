import { Command } from 'commander';
import { registerBackup } from './commands/backup.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerInit } from './commands/init.ts';
import { registerKeys } from './commands/keys.ts';
import { registerMcp } from './commands/mcp.ts';
import { registerMigrate } from './commands/migrate.ts';
import { registerPolicy } from './commands/policy.ts';
import { registerPrune } from './commands/prune.ts';
import { registerServe } from './commands/serve.ts';
import { registerSimulator } from './commands/simulator.ts';
import { registerDeliveries } from './commands/deliveries.ts';
import { registerHooks } from './commands/hooks.ts';
import { registerList } from './commands/list.ts';
import { registerReconcile } from './commands/reconcile.ts';
import { registerShow } from './commands/show.ts';
import { registerSteer } from './commands/steer.ts';
import { registerWatch } from './commands/watch.ts';
import type { Context, Register } from './context.ts';

/** Every group of commands, in the order of the help. */
const groups: readonly Register[] = [
  registerInit,
  registerServe,
  registerDemo,
  registerSimulator,
  registerList,
  registerShow,
  registerWatch,
  registerSteer,
  registerReconcile,
  registerDeliveries,
  registerHooks,
  registerKeys,
  registerPrune,
  registerBackup,
  registerMigrate,
  registerDoctor,
  registerCompletion,
  registerPolicy,
  registerMcp,
];

const helpFooter = `
Environment:
  PIPELINE_TRIGGER_URL    URL of the service; http://127.0.0.1:8080 unless set
  PIPELINE_TRIGGER_TOKEN  an API key, or the ADMIN_TOKEN
  DATABASE_URL            for keys, prune, backup and migrate, which work on the database itself
  What the environment lacks of these and of the service's settings is read from .env in this folder.

Exit codes: 0 done, 1 refused or not found, 2 usage, or the service cannot be reached`;

/** The whole command line of `pipeline-trigger`. */
export function createProgram(version: string, context: Context): Command {
  const program = new Command('pipeline-trigger')
    .description('Trigger GitLab pipelines and wait for their results, without polling')
    .version(version)
    .addHelpText('after', helpFooter)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .exitOverride();
  for (const register of groups) register(program, context);
  return program;
}
