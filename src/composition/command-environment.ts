import { existsSync } from 'node:fs';

/** The environment of `pipeline-trigger`, with what it lacks from `.env` in the folder that it runs in. */
export async function commandEnvironment(
  env: NodeJS.ProcessEnv,
  warn: (line: string) => void,
): Promise<NodeJS.ProcessEnv> {
  // Schemas take time to load: most folders have no such file.
  if (!existsSync('.env')) return env;
  const { withEnvFile } = await import('../config/env-file.ts');
  return { ...withEnvFile(env, process.cwd(), warn) };
}
