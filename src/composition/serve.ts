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

/** A service that listens. */
export interface RunningService {
  readonly url: string;
  readonly service: Service;
  /** Stops accepting, sends those who wait away to come back, finishes what is under way. Within 12 seconds. */
  readonly stop: () => Promise<void>;
}

/** Orchestrators kill 10 to 30 seconds after they asked to stop. */
export const stopMs = 12_000;

/** Brings the service up: database migrated, listening, open triggers resumed. */
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
  // Not waited for: no answer of GitLab is no obstacle.
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
 * After one start with a new key nothing needs the old one any more.
 * @throws ConfigError where something is stored that none of the keys opens
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

/** Resolves when the last request was answered. A connection is closed as soon as it is idle. */
async function closed(server: Server): Promise<void> {
  await acceptQueued(server);
  const closing = once(server, 'close');
  server.close();
  // An answer that had begun before, as that of a stream, could not say any more that its connection will close.
  const closer = setInterval(() => server.closeIdleConnections(), 50);
  await closing;
  clearInterval(closer);
}
