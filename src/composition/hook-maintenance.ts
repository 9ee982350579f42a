import type { Clock, Log } from '../app/ports/index.ts';
import { createProjectHooks } from '../app/project-hooks/project-hooks.ts';
import type { Config } from '../config/config.ts';
import type { Access } from './access.ts';
import type { Core } from './core.ts';

interface Surroundings {
  readonly core: Core;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Log;
}

/** Installs, inspects, repairs and watches GitLab's own hooks. */
export const createHookMaintenance = (
  { gitlabUrl, publicUrl }: Config,
  { core: { store, clients, quietMs }, access: { hookSecrets, audit }, clock, log }: Surroundings,
) =>
  createProjectHooks({
    gitlab: clients.hooks,
    gitlabUrl,
    publicUrl,
    secrets: hookSecrets,
    store: store.triggers,
    inbox: store.inbox,
    audit,
    clock,
    log,
    quietMs,
  });
