import type { CommandEnvironment, Parts } from '../cli/admin/context.ts';

/** The parts of the program that the commands of `pipeline-trigger` use; each is loaded when it is needed. */
export const createCommandParts = (env: CommandEnvironment): Parts => ({
  serve: async () => (await import('./run-service.ts')).runService(env),
  demo: async (print) => (await import('../demo/run-demo.ts')).demo(print),
  simulator: async (options, print) => (await import('./simulator.ts')).runSimulator(options, print),
  checkPolicy: async (files) => (await import('./policy-check.ts')).checkPolicy(files, env),
  whoami: async () => (await import('../platform/operator.ts')).operator().from,
  backUp: async (to, options) => (await import('./database.ts')).backUpDatabase(env, to, options),
  openDatabase: async (options) => (await import('./database.ts')).openOperatorDatabase(env, options),
  migrate: async (urls, progress) =>
    (await import('./migrate-database.ts')).migrateDatabase(env, urls, progress),
  setUp: async (order) => (await import('./set-up.ts')).setUp(order),
  doctor: async () => {
    const { inspectDatabase } = await import('./database.ts');
    return (await import('./doctor.ts')).runDoctor(env, inspectDatabase);
  },
});
