#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Role } from './domain/caller.ts';
import { roles } from './domain/caller.ts';

/** 0 done, 1 refused or failed, 2 usage. Source: CONTRACT, section 5. */
const exit = { failed: 1, usage: 2 } as const;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const print = (text: string): void => void process.stdout.write(text);

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('expected a whole number from 0 to 65535');
}

function dayCount(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= 36_500) return days;
  throw new InvalidArgumentError('expected a whole number of days from 1 to 36500');
}

interface CreateKeyOptions {
  readonly name: string;
  readonly role: Role;
  readonly project?: readonly string[];
  readonly expires?: number;
  readonly json?: boolean;
}

const program = new Command('pipeline-trigger')
  .description('Trigger GitLab pipelines and wait for their results, without polling')
  .version(version)
  .exitOverride();

// Each command loads only what it needs.
program
  .command('serve')
  .description('run the service; environment variables configure it')
  .action(async () => {
    const { main } = await import('./main.ts');
    await main(process.env);
  });

program
  .command('demo')
  .description(
    'see it work: the service, a simulated GitLab, a pipeline with a manual job, two callers who wait',
  )
  .action(async () => {
    const { demo } = await import('./demo.ts');
    if (!(await demo(print))) process.exitCode = exit.failed;
  });

program
  .command('simulator')
  .description('run the simulated GitLab alone; prints its URL, tokens and projects as JSON')
  .option('--port <number>', 'where to listen; 0 for any free port', portNumber, 0)
  .option('--scenario <file>', 'JSON or YAML with other projects than the built-in ones')
  .action(async ({ port, scenario }: { port: number; scenario?: string }) => {
    const { runSimulator } = await import('./run-simulator.ts');
    await runSimulator({ port, scenario }, print);
  });

const keys = program.command('keys').description('API keys, in the database that DATABASE_URL names');

keys
  .command('create')
  .description('make a key and print it, this once')
  .requiredOption('--name <name>', 'whose key it is; triggers belong to the name')
  .addOption(
    new Option('--role <role>', 'read sees, trigger also starts and steers its own, admin may do everything')
      .choices(roles)
      .default('trigger'),
  )
  .option('--project <pattern...>', 'keep it to projects: group/app, group/*, group/**')
  .option('--expires <days>', 'days until it is of no use any more', dayCount)
  .option('--json', 'print JSON')
  .action(async ({ name, role, project, expires, json = false }: CreateKeyOptions) => {
    const { createKey } = await import('./run-keys.ts');
    const order = { name, role, projects: project ?? null, days: expires ?? null };
    await createKey(order, { env: process.env, print, json });
  });

keys
  .command('list')
  .description('all keys, and when they were last used')
  .option('--json', 'print JSON')
  .action(async ({ json = false }: { json?: boolean }) => {
    const { listKeys } = await import('./run-keys.ts');
    await listKeys({ env: process.env, print, json });
  });

keys
  .command('revoke')
  .description('refuse a key from now on')
  .argument('<key>', 'its id, or its name where only one is in force')
  .option('--json', 'print JSON')
  .action(async (which: string, { json = false }: { json?: boolean }) => {
    const { revokeKey } = await import('./run-keys.ts');
    await revokeKey(which, { env: process.env, print, json });
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exit.usage;
  else {
    process.stderr.write(`pipeline-trigger: ${error instanceof Error ? error.message : String(error)}\n`);
    // Known by its name: it comes from a file that only some commands load.
    process.exitCode = error instanceof Error && error.name === 'ConfigError' ? exit.usage : exit.failed;
  }
}
