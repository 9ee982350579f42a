import type { Logger } from 'pino';
import { ignoredProxies } from '../client/network.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/config.ts';
import { ConfigError } from '../config/startup-errors.ts';
import { messageOf } from '../domain/error.ts';
import { limitHeapGrowth } from '../platform/heap-growth.ts';
import { createLog, flushed } from '../telemetry/log.ts';
import { createLogDestination } from '../telemetry/log-destination.ts';
import { serve } from './serve.ts';

const exit = { stopped: 0, failed: 1, usage: 2 } as const;

/** `pipeline-trigger serve`: runs the service with the settings of the environment, until SIGTERM or SIGINT. */
export async function runService(env: NodeJS.ProcessEnv): Promise<void> {
  const config = configOrExit(env);
  const destination = createLogDestination();
  const log = createLog(config, destination);
  // Node would print the error with its properties: requests, headers, tokens.
  process.on('uncaughtException', (error: unknown) => {
    log.fatal({ error: error instanceof Error ? error.stack : String(error) }, 'crashed');
    void leave(log, exit.failed);
  });
  for (const message of ignoredProxies(env)) log.warn({}, message);
  try {
    const running = await serve(config, log, { droppedLogLines: destination.droppedLines });
    limitHeapGrowth(false);
    const stop = (): void => {
      running.stop().then(
        () => leave(log, exit.stopped),
        (error: unknown) => {
          log.error({ error: messageOf(error) }, 'not stopped cleanly');
          return leave(log, exit.failed);
        },
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    if (error instanceof ConfigError) exitWith(error);
    log.fatal({ error: messageOf(error) }, 'cannot start');
    await leave(log, exit.failed);
  }
}

/** Ends the process once the last log lines are written. */
async function leave(log: Logger, code: number): Promise<never> {
  if (await flushed(log)) process.exit(code);
  // The reader of stderr has stopped reading: an exit would wait for the blocked write.
  process.kill(process.pid, 'SIGKILL');
  return process.exit(code);
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
