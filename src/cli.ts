#!/usr/bin/env node
import { main } from './admin/main.ts';
import { version } from './version.ts';

const { env, stdout, stderr } = process;

// Whoever reads the output may leave, as `head` does: then there is nothing more to say.
stdout.on('error', () => process.exit());

process.exitCode = await main(
  { args: process.argv.slice(2), version },
  {
    env,
    stdout,
    stderr,
    ask:
      process.stdin.isTTY && stderr.isTTY
        ? async (question) => (await import('./ask-at-terminal.ts')).askAtTerminal(question)
        : null,
    // Each is loaded only when it is needed.
    parts: {
      serve: async () => (await import('./main.ts')).main(env),
      demo: async (print) => (await import('./demo.ts')).demo(print),
      simulator: async (options, print) => (await import('./run-simulator.ts')).runSimulator(options, print),
      checkPolicy: async (files) => (await import('./compose-policy.ts')).checkPolicy(files, env),
      whoami: async () => (await import('./operator.ts')).operator().from,
      backUp: async (to, options) => (await import('./compose-database.ts')).backUpDatabase(env, to, options),
      openDatabase: async () => (await import('./compose-database.ts')).composeDatabase(env),
      doctor: async () => {
        const { lookAtDatabase } = await import('./compose-database.ts');
        return (await import('./run-doctor.ts')).runDoctor(env, lookAtDatabase);
      },
    },
  },
);
