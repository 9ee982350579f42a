import { AppError } from '../../domain/error.ts';
import type { Audit } from '../access/audit.ts';
import type { Clock, DeliveryStore, Log, TriggerStore } from '../ports/index.ts';
import type { ReceiveDelivery } from '../deliveries/receive-delivery.ts';
import type { HookOperations } from './hook-operations.ts';
import { createHookOperations } from './hook-operations.ts';
import type { HookWatch } from './hook-watch.ts';
import { createHookWatch } from './hook-watch.ts';
import { createMissedDeliveries } from './missed-deliveries.ts';
import { createCallQuota } from '../concurrency.ts';
import { createCredentialLog } from './credential-log.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { InstalledSecrets } from './desired-hook.ts';
import { desiredHook } from './desired-hook.ts';

interface Deps {
  /** Null: there is no token for GitLab. */
  readonly gitlab: GitLabHooks | null;
  readonly gitlabUrl: string;
  readonly publicUrl: string | null;
  readonly secrets: InstalledSecrets;
  readonly store: Pick<TriggerStore, 'findConcerned' | 'findQuietTriggers'>;
  readonly inbox: Pick<DeliveryStore, 'find'>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
  /** After how long without an update a trigger is polled. */
  readonly quietMs: number;
}

/** The management of project hooks: operations on request, and the watch. */
export interface ProjectHooks {
  readonly operations: HookOperations;
  readonly watch: HookWatch;
}

export function createProjectHooks(deps: Deps): ProjectHooks {
  const { gitlab: port, publicUrl, secrets, clock } = deps;
  const gitlab = (): GitLabHooks => {
    if (port !== null) return port;
    throw new AppError(
      'gitlab_refused',
      'GITLAB_TOKEN is not set: there is no token to look after hooks with',
    );
  };
  const quota = createCallQuota(clock);
  const credentials = createCredentialLog(deps.gitlabUrl);
  const missedDeliveries = createMissedDeliveries({ ...deps, gitlab, quota });
  const asIs = { url: null, from: null, verifiesTls: null };
  const desired = publicUrl === null ? null : desiredHook(publicUrl, secrets, asIs);
  const watch = createHookWatch({ ...deps, gitlab: port, missedDeliveries, desired });
  return {
    operations: createHookOperations({ ...deps, gitlab, quota, missedDeliveries, credentials }),
    watch: {
      ...watch,
      arrived(delivery) {
        credentials.record(delivery);
        watch.arrived(delivery);
      },
    },
  };
}

/** Records each arrival, of duplicates as well: they prove a working hook, too. */
export const withArrivalTracking = (
  receive: ReceiveDelivery,
  { arrived }: Pick<HookWatch, 'arrived'>,
): ReceiveDelivery =>
  async function receiveAndTrack(delivery) {
    const result = await receive(delivery);
    arrived(delivery);
    return result;
  };
