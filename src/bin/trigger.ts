#!/usr/bin/env node
import { refuseOldNode } from '../platform/node-version.ts';

// Before anything else: `ps` must not go on showing the tokens among the arguments.
process.title = 'trigger';
// All else is imported afterwards: on an older Node it could not even be loaded.
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

// What a slow reader has not taken yet would be lost with the process.
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => void stream.write('', () => resolve()));
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
