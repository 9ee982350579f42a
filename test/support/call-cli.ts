import { runAdminCommand } from '../../src/cli/admin/main.ts';
import { createCommandParts } from '../../src/composition/command-parts.ts';
import { version } from '../../src/platform/version.ts';
import { refuseLeak } from './canary.ts';
import type { Finished } from './run-command.ts';

/** Runs a command of `pipeline-trigger` in this process, which is a tenth of the work; not for those that take signals. */
export async function callCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const code = await runAdminCommand(
    { args, version },
    {
      env,
      stdout: { write: (text) => void (stdout += text) },
      stderr: { write: (text) => void (stderr += text) },
      ask: null,
      parts: createCommandParts(env),
    },
  );
  refuseLeak('what pipeline-trigger prints', stdout + stderr);
  return { code, stdout, stderr };
}
