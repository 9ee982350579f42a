#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';

/** Each command loads only what it needs. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const program = new Command('pipeline-trigger')
  .description('Trigger GitLab pipelines and wait for their results, without polling')
  .version(version)
  .exitOverride();

program
  .command('serve')
  .description('run the service; it is configured by environment variables')
  .action(async () => {
    const { main } = await import('./main.ts');
    await main(process.env);
  });

/** What a shell expects of a wrong command line. */
const usageError = 2;

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : usageError;
}
