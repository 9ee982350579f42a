#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

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

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exit.usage;
  else {
    process.stderr.write(`pipeline-trigger: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exit.failed;
  }
}
