import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../app/ports/index.ts';
import { toConfigErrorOfHost, ConfigError } from '../config/startup-errors.ts';
import { systemClock } from '../platform/clock.ts';
import type { Adapters, Service } from './service.ts';
import { createService } from './service.ts';
import type { Config } from '../config/config.ts';
import { requireAuth } from '../config/require-auth.ts';
import { checkSettings } from '../doctor/check-settings.ts';
import { acceptQueued } from '../http/accept-queued.ts';
import { work } from './background-jobs.ts';
import { logSettings } from './start-warnings.ts';

/** A listening service. */
export interface RunningService {
  readonly url: string;
  readonly service: Service;
  /** Stops accepting, answers waiting callers with 503, finishes work under way. Within 12 seconds. */
  readonly stop: () => Promise<void>;
}

/** Orchestrators kill a process 10 to 30 seconds after SIGTERM. */
export const stopMs = 12_000;

/** Starts the service: migrates the database, listens, resumes open triggers. */
export async function serve(
  config: Config,
  log: Log,
  adapters: Omit<Adapters, 'log'> = {},
): Promise<RunningService> {
  const service = await createService(config, { log, ...adapters });
  const hasKeys = (await service.keys.list()).length > 0;
  await refuseIfOpen(config, service, hasKeys);
  await takeUpKeys(service, log);
  const { server } = service;
  await listen(server, config.host, config.port).catch(async (error: unknown) => {
    await service.store.close();
    toConfigErrorOfHost(error);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  log.info({ url, gitlabUrl: config.gitlabUrl }, 'listening');
  logSettings(checkSettings(config, hasKeys), log);

  const working = new AbortController();
  const { clock = systemClock } = adapters;
  const worked = work(service, { config, clock, log }, working.signal);
  // Not awaited: the start does not depend on GitLab.
  void service.startWarnings.check(config, working.signal);

  return {
    url,
    service,
    stop: async () => {
      log.info({}, 'stopping');
      working.abort();
      service.drain();
      const limit = new AbortController();
      const done = Promise.all([closed(server), service.engine.stop(), worked]);
      await Promise.race([done, systemClock.sleep(stopMs, limit.signal)]);
      limit.abort();
      server.closeAllConnections();
      await service.store.close();
      log.info({}, 'stopped');
    },
  };
}

/** @throws ConfigError */
async function refuseIfOpen(config: Config, { store }: Service, hasKeys: boolean): Promise<void> {
  try {
    requireAuth(config, { hasKeys });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Encrypts everything with the new key: after one start the old key is no longer needed.
 * @throws ConfigError where something is stored that none of the keys decrypts
 */
async function takeUpKeys({ store }: Service, log: Log): Promise<void> {
  const { rotated, unreadable } = await store.rotateKey();
  if (rotated > 0) log.info({ rotated }, 'encrypted anew with the first key');
  if (unreadable === 0) return;
  await store.close();
  throw new ConfigError([
    `ENCRYPTION_KEY: what ${unreadable} of the requests brought is encrypted with another key; ` +
      'add that one after a comma, or put the file back that lay beside the database',
  ]);
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Resolves when the last request is answered. A connection is closed as soon as it is idle. */
async function closed(server: Server): Promise<void> {
  await acceptQueued(server);
  const closing = once(server, 'close');
  server.close();
  // An answer that has begun, as that of a stream, can no longer announce that its connection will be closed.
  const closer = setInterval(() => server.closeIdleConnections(), 50);
  await closing;
  clearInterval(closer);
}
