#!/usr/bin/env node
import { main } from './admin/main.ts';
import { version } from './version.ts';

const { env, stdout, stderr } = process;

process.exitCode = await main(
  { args: process.argv.slice(2), version },
  {
    env,
    stdout,
    stderr,
    // Each is loaded only when it is needed.
    parts: {
      serve: async () => (await import('./main.ts')).main(env),
      demo: async (print) => (await import('./demo.ts')).demo(print),
      simulator: async (options, print) => (await import('./run-simulator.ts')).runSimulator(options, print),
      checkPolicy: async (files) => (await import('./compose-policy.ts')).checkPolicy(files, env),
      openDatabase: async () => (await import('./compose-database.ts')).composeDatabase(env),
    },
  },
);
