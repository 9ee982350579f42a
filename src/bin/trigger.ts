#!/usr/bin/env node
import { refuseOldNode } from '../platform/node-version.ts';

// First of all: `ps` must not show the tokens among the arguments any longer.
process.title = 'trigger';
// Everything else is imported afterwards, since an older Node could not load it.
refuseOldNode('trigger');

const { runTriggerCommand } = await import('../cli/trigger/main.ts');
const { openSession } = await import('../composition/open-session.ts');

// The reader of the output may close it; the command waits for the pipeline all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const code = await runTriggerCommand({
  args: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  process,
  openSession: (command, screen) => openSession(command, screen, process.env),
});

// Output that a slow reader has not taken yet would be lost with the process.
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => void stream.write('', () => resolve()));
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
