import type { Config } from './config.ts';
import { ConfigError, readConfig } from './config.ts';
import { messageOf } from './domain/error.ts';
import { createLog } from './log.ts';
import { serve } from './serve.ts';

const exit = { stopped: 0, failed: 1, usage: 2 } as const;

/** `pipeline-trigger serve`: runs the service as the environment says, until SIGTERM or SIGINT. */
export async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const config = configOrExit(env);
  const log = createLog(config);
  // Node would print the error with all that hangs on it: requests, headers, tokens.
  process.once('uncaughtException', (error: unknown) => {
    log.fatal({ error: error instanceof Error ? error.stack : String(error) }, 'crashed');
    process.exit(exit.failed);
  });
  try {
    const running = await serve(config, log);
    const stop = (): void => {
      running.stop().then(
        () => process.exit(exit.stopped),
        (error: unknown) => {
          log.error({ error: messageOf(error) }, 'not stopped cleanly');
          process.exit(exit.failed);
        },
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    if (error instanceof ConfigError) exitWith(error);
    log.fatal({ error: messageOf(error) }, 'cannot start');
    process.exit(exit.failed);
  }
}

function configOrExit(env: NodeJS.ProcessEnv): Config {
  try {
    return readConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    exitWith(error);
  }
}

function exitWith({ lines }: ConfigError): never {
  for (const line of lines) process.stderr.write(`pipeline-trigger: ${line}\n`);
  process.exit(exit.usage);
}
