#!/usr/bin/env node
// Before anything else: `ps` must not go on showing the tokens among the arguments.
process.title = 'trigger';

const { main } = await import('./cli/main.ts');
const { openSession } = await import('./open-session.ts');

// Whoever reads the output may leave; the pipeline is waited for all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exit(
  await main({
    args: process.argv.slice(2),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    process,
    openSession: (command, screen) => openSession(command, screen, process.env),
  }),
);
