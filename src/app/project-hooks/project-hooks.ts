import { AppError } from '../../domain/error.ts';
import type { Audit } from '../access/audit.ts';
import type { Clock, DeliveryStore, Log, TriggerStore } from '../ports/index.ts';
import type { ReceiveDelivery } from '../deliveries/receive-delivery.ts';
import type { HookKeeper } from './hook-operations.ts';
import { createHookKeeper } from './hook-operations.ts';
import type { HookWatch } from './hook-watch.ts';
import { createHookWatch } from './hook-watch.ts';
import { missedNewsWith } from './missed-deliveries.ts';
import { createPace } from './call-quota.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { HookSecrets } from './desired-hook.ts';
import { wishFor } from './desired-hook.ts';

interface Deps {
  /** Null: there is no token to speak to GitLab with. */
  readonly gitlab: GitLabHooks | null;
  readonly gitlabUrl: string;
  readonly publicUrl: string | null;
  readonly secrets: HookSecrets;
  readonly store: Pick<TriggerStore, 'findConcerned' | 'findQuiet'>;
  readonly inbox: Pick<DeliveryStore, 'find'>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a trigger may go without news. */
  readonly quietMs: number;
}

/** All that is done about the hooks of GitLab's projects: on request, and by itself. */
export function lookAfterHooks(deps: Deps): { readonly keeper: HookKeeper; readonly watch: HookWatch } {
  const { gitlab: port, publicUrl, secrets, clock } = deps;
  const gitlab = (): GitLabHooks => {
    if (port !== null) return port;
    throw new AppError(
      'gitlab_refused',
      'GITLAB_TOKEN is not set: there is no token to look after hooks with',
    );
  };
  const pace = createPace(clock);
  const missedNews = missedNewsWith({ ...deps, gitlab, pace });
  const asIs = { url: null, from: null, verifiesTls: null };
  const wish = publicUrl === null ? null : wishFor(publicUrl, secrets, asIs);
  return {
    keeper: createHookKeeper({ ...deps, gitlab, pace, missedNews }),
    watch: createHookWatch({ ...deps, gitlab: port, missedNews, wish }),
  };
}

/** What arrived was heard, also what had arrived before: the hook works. */
export const receiveHeardWith =
  (receive: ReceiveDelivery, { heard }: Pick<HookWatch, 'heard'>): ReceiveDelivery =>
  async (delivery) => {
    const result = await receive(delivery);
    heard(delivery);
    return result;
  };
