#!/usr/bin/env node
import { refuseOldNode } from '../platform/node-version.ts';

// Everything else is imported afterwards, since an older Node could not load it.
refuseOldNode('pipeline-trigger');

// What loading leaves behind would stay part of the heap; the service lifts the limit once it listens.
const { limitHeapGrowth } = await import('../platform/heap-growth.ts');
limitHeapGrowth(true);

const { runAdminCommand } = await import('../cli/admin/main.ts');
const { createCommandParts } = await import('../composition/command-parts.ts');
const { version } = await import('../platform/version.ts');

const { stdout, stderr } = process;

// The reader of the output may close it, as `head` does: then the command has nothing left to do.
stdout.on('error', () => process.exit());
// A full disk must not end a command early.
stderr.on('error', () => undefined);

const { commandEnvironment } = await import('../composition/command-environment.ts');
const env = await commandEnvironment(process.env, (line) => void stderr.write(`pipeline-trigger: ${line}\n`));

process.exitCode = await runAdminCommand(
  { args: process.argv.slice(2), version },
  {
    env,
    stdout,
    stderr,
    ask:
      process.stdin.isTTY && stderr.isTTY
        ? async (question, options) => (await import('../cli/admin/prompt.ts')).prompt(question, options)
        : null,
    parts: createCommandParts(env),
  },
);
