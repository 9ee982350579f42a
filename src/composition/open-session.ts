import type { Command } from '../cli/trigger/command.ts';
import type { Session } from '../cli/trigger/progress.ts';
import type { Screen } from '../cli/trigger/screen.ts';

/** Opens the session of a `trigger` command: at the service that it names, or in this process. Loads only that one. */
export async function openSession(given: Command, screen: Screen, env: NodeJS.ProcessEnv): Promise<Session> {
  const command = await withRules(given);
  if (command.service === null) {
    const { createStandalone } = await import('./standalone.ts');
    return createStandalone(command, screen);
  }
  const { systemClock } = await import('../platform/clock.ts');
  if (command.verdict !== null) {
    const { openVerdictSession } = await import('../cli/trigger/verdict-session.ts');
    return openVerdictSession(command.verdict, command.service, { clock: systemClock, note: screen.note });
  }
  const { openServiceSession } = await import('../cli/trigger/service-session.ts');
  return openServiceSession(command, command.service, { env, clock: systemClock, note: screen.note });
}

async function withRules(command: Command): Promise<Command> {
  if (command.manualFile === null) return command;
  const { readManualFile } = await import('./manual-file.ts');
  return { ...command, manual: await readManualFile(command.manualFile) };
}
