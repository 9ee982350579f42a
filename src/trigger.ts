#!/usr/bin/env node
// Before anything else: `ps` must not go on showing the tokens among the arguments.
process.title = 'trigger';

const { main } = await import('./cli/main.ts');

// Whoever reads the output may leave; the pipeline is waited for all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exit(
  await main({
    args: process.argv.slice(2),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    process,
    openSession: async (command, screen) => {
      if (command.service === null) {
        const { composeStandalone } = await import('./compose-standalone.ts');
        return composeStandalone(command, screen);
      }
      const { systemClock } = await import('./clock.ts');
      const { openServiceSession } = await import('./cli/service-session.ts');
      return openServiceSession(command, command.service, {
        env: process.env,
        clock: systemClock,
        note: screen.note,
      });
    },
  }),
);
