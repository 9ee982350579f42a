import type { Actor } from '../../domain/access/caller.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Audit } from '../access/audit.ts';
import type { Player, SteerTrigger } from './steer-trigger.ts';

/** The actions on a trigger. Each is recorded in the audit log before it is done, or is not done. */
export type AuditedSteering = (actor: Actor) => Omit<SteerTrigger, 'cancel' | 'play' | 'decideApproval'> & {
  readonly play: (
    id: TriggerId,
    jobs: readonly string[] | null,
    rights: Omit<Player, 'by'>,
  ) => Promise<Trigger>;
  readonly cancel: (id: TriggerId, reason?: string) => Promise<Trigger>;
};

interface Deps {
  readonly steer: SteerTrigger;
  readonly audit: Audit;
}

export const createAuditedSteering = ({ steer, audit }: Deps): AuditedSteering =>
  function steerAs(actor) {
    return {
      async cancel(id, reason) {
        await audit.note(actor, 'trigger.cancel', id, reason === undefined ? {} : { reason });
        return steer.cancel(id, reason === undefined ? actor.id : `${actor.id}: ${reason}`);
      },
      async play(id, jobs, rights) {
        await audit.note(actor, 'trigger.play', id, { jobs });
        return steer.play(id, jobs, { ...rights, by: actor.id });
      },
      async retry(id) {
        await audit.note(actor, 'trigger.retry', id);
        return steer.retry(id);
      },
      async resolve(id, outcome, reason) {
        await audit.note(actor, 'trigger.resolve', id, { outcome, reason });
        return steer.resolve(id, outcome, reason);
      },
      async reconcile(id) {
        await audit.note(actor, 'trigger.reconcile', id);
        return steer.reconcile(id);
      },
    };
  };
