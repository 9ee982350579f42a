#!/usr/bin/env node
import { runAdminCommand } from '../cli/admin/main.ts';
import { version } from '../platform/version.ts';

const { env, stdout, stderr } = process;

// Whoever reads the output may leave, as `head` does: then there is nothing more to say.
stdout.on('error', () => process.exit());

process.exitCode = await runAdminCommand(
  { args: process.argv.slice(2), version },
  {
    env,
    stdout,
    stderr,
    ask:
      process.stdin.isTTY && stderr.isTTY
        ? async (question) => (await import('../cli/admin/prompt.ts')).prompt(question)
        : null,
    // Each is loaded only when it is needed.
    parts: {
      serve: async () => (await import('../composition/run-service.ts')).runService(env),
      demo: async (print) => (await import('../demo/run-demo.ts')).demo(print),
      simulator: async (options, print) =>
        (await import('../composition/simulator.ts')).runSimulator(options, print),
      checkPolicy: async (files) => (await import('../composition/policy-check.ts')).checkPolicy(files, env),
      whoami: async () => (await import('../platform/operator.ts')).operator().from,
      backUp: async (to, options) =>
        (await import('../composition/database.ts')).backUpDatabase(env, to, options),
      openDatabase: async () => (await import('../composition/database.ts')).composeDatabase(env),
      doctor: async () => {
        const { inspectDatabase } = await import('../composition/database.ts');
        return (await import('../composition/doctor.ts')).runDoctor(env, inspectDatabase);
      },
    },
  },
);
