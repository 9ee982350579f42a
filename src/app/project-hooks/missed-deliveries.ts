import type { Actor } from '../../domain/access/caller.ts';
import { pipelineIdOf } from '../../domain/delivery.ts';
import { messageOf } from '../../domain/error.ts';
import type { DeliveryId, PipelineId } from '../../domain/ids.ts';
import type { Resends } from '../../domain/project-hooks/choose-resends.ts';
import { chooseResends } from '../../domain/project-hooks/choose-resends.ts';
import type { Examination } from '../../domain/project-hooks/examine.ts';
import type { HookFinding } from '../../domain/project-hooks/finding.ts';
import { hookFinding } from '../../domain/project-hooks/finding.ts';
import type { FailedDelivery, HookId, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import type { Audit } from '../access/audit.ts';
import type { DeliveryStore, TriggerStore } from '../ports/index.ts';
import { GitLabUnavailable, isRefusal } from '../ports/gitlab-unavailable.ts';
import type { CallQuota } from '../concurrency.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';

/** How many failed deliveries are read: GitLab keeps them for a week, but webhooks of older pipelines are of no use. */
const mostFailures = 200;

/** The result of sending missed deliveries again. */
export interface Resent {
  /** Arrived this time. */
  readonly arrived: number;
  /** The reasons of those that GitLab or the receiver refused. */
  readonly refused: readonly string[];
  /** When to continue with the rest, in milliseconds; null when nothing is left. */
  readonly retryAfterMs: number | null;
}

export interface MissedDeliveries {
  /** The deliveries that GitLab could not make, that have not arrived since, and that are still of use. */
  readonly find: (project: string, hook: HookId) => Promise<Resends>;
  /** Sends as many as GitLab's limit allows now. @param everything also those that no trigger waits for */
  readonly resend: (
    actor: Actor,
    project: string,
    hook: HookId,
    missed: Resends,
    everything: boolean,
  ) => Promise<Resent>;
}

interface Deps {
  readonly gitlab: () => Pick<GitLabHooks, 'failedDeliveries' | 'resend'>;
  readonly store: Pick<TriggerStore, 'findConcerned'>;
  readonly inbox: Pick<DeliveryStore, 'find'>;
  readonly quota: CallQuota;
  readonly audit: Audit;
}

export function createMissedDeliveries({ gitlab, store, inbox, quota, audit }: Deps): MissedDeliveries {
  const arrivedOf = async (failures: readonly FailedDelivery[]): Promise<ReadonlySet<DeliveryId>> => {
    const found = await Promise.all(failures.map(({ delivery }) => inbox.find(delivery)));
    return new Set(found.flatMap((stored) => (stored === undefined ? [] : [stored.delivery.id])));
  };

  const awaitedOf = async (failures: readonly FailedDelivery[]): Promise<ReadonlySet<PipelineId>> => {
    const ids = new Set(failures.flatMap(({ payload }) => pipelineIdOf(payload) ?? []));
    const awaited = await Promise.all(
      [...ids].map(async (id) =>
        (await store.findConcerned(id, null)).some((trigger) => !isFinished(trigger)) ? [id] : [],
      ),
    );
    return new Set(awaited.flat());
  };

  async function failuresOf(project: string, hook: HookId): Promise<readonly FailedDelivery[]> {
    try {
      return await gitlab().failedDeliveries(project, hook, mostFailures);
    } catch (error) {
      // GitLab before 17.3 does not list them.
      if (isRefusal(error)) return [];
      throw error;
    }
  }

  return {
    async find(project, hook) {
      const failures = await failuresOf(project, hook);
      return chooseResends(failures, await arrivedOf(failures), await awaitedOf(failures));
    },

    async resend(actor, project, hook, { needed, spare }, everything) {
      const wanted = [...needed, ...spare];
      if (wanted.length > 0)
        await audit.note(actor, 'hook.resend', project, { hook, deliveries: wanted.length });
      const refused: string[] = [];
      let arrived = 0;
      for (const [at, { id }] of wanted.entries()) {
        const isWanted = everything || at < needed.length;
        const waitMs = quota(`resend ${project}`);
        if (waitMs > 0) return { arrived, refused, retryAfterMs: isWanted ? waitMs : null };
        try {
          const status = await gitlab().resend(project, hook, id);
          if (status >= 200 && status < 300) arrived += 1;
          else refused.push(`answered ${status}`);
        } catch (error) {
          if (error instanceof GitLabUnavailable && error.unanswered.retryAfterMs !== null)
            return { arrived, refused, retryAfterMs: isWanted ? error.unanswered.retryAfterMs : null };
          if (!isRefusal(error)) throw error;
          refused.push(messageOf(error));
        }
      }
      return { arrived, refused, retryAfterMs: null };
    },
  };
}

/** The missed deliveries of a project's own hook. GitLab does not list those of its groups' hooks. */
export const missedBy = async (
  { find }: Pick<MissedDeliveries, 'find'>,
  project: string,
  { hook, isOfGroup }: Pick<Examination, 'hook' | 'isOfGroup'>,
): Promise<Resends> => (hook === null || isOfGroup ? { needed: [], spare: [] } : find(project, hook.id));

/** The findings for missed deliveries. */
export function missedFindings(hook: ProjectHook | null, { needed, spare }: Resends): readonly HookFinding[] {
  const rows = [
    ['deliveries_missed', needed, 'that triggers wait for'],
    ['failing_deliveries', spare, 'that nobody waits for'],
  ] as const;
  return rows.flatMap(([code, missed, what]) => {
    const [last] = missed;
    if (last === undefined) return [];
    const counted = missed.length === 1 ? '1 delivery' : `${missed.length} deliveries`;
    return [hookFinding(code, hook?.id ?? null, `${counted} ${what} failed, the last with ${last.answer}`)];
  });
}
