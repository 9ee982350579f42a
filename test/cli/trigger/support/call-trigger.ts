import { EventEmitter } from 'node:events';
import { runTriggerCommand } from '../../../../src/cli/trigger/main.ts';
import { openSession } from '../../../../src/composition/open-session.ts';
import { refuseLeak } from '../../../support/canary.ts';
import type { Environment } from './start-trigger.ts';

interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process, which is a tenth of the work: all of it but the ten lines of src/bin/trigger.ts. */
export async function callTrigger(args: readonly string[], env: Environment = {}): Promise<Called> {
  let stdout = '';
  let stderr = '';
  const code = await runTriggerCommand({
    args,
    env,
    stdout: { write: (text) => void (stdout += text) },
    stderr: { write: (text) => void (stderr += text) },
    process: new EventEmitter(),
    openSession: (command, screen) => openSession(command, screen, env),
  });
  refuseLeak('what trigger prints', stdout + stderr);
  return { code, stdout, stderr };
}
