import type { Delivery } from '../../domain/delivery.ts';
import { phase } from '../../domain/trigger/status.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { WebhookTrust } from '../../domain/webhook-trust.ts';
import { provesByContent, provesBySecret, provesEnvironments } from '../../domain/webhook-trust.ts';
import type { AccessFor } from './gitlab-access.ts';

/** What a webhook about a trigger's pipeline, of its own project, proves. */
export interface HookProof {
  /** How far the pipeline and its jobs have come. */
  readonly isProof: boolean;
  /** Where its jobs deploy to. */
  readonly provesEnvironments: boolean;
}

export type EvaluateHook = (trigger: Trigger, delivery: Delivery) => Promise<HookProof>;

interface Deps {
  readonly accessFor: AccessFor;
  readonly trust: WebhookTrust;
}

/** Where the secret proves nothing, GitLab is read; where no token may read, the webhook alone has to do. */
export function createEvaluateHook({ accessFor, trust }: Deps): EvaluateHook {
  async function isProof(trigger: Trigger, delivery: Delivery): Promise<boolean> {
    if (provesBySecret(trigger, delivery, trust)) return true;
    const { payload } = delivery;
    // A running pipeline leads to no action but a play, before which GitLab is read: it needs no proof.
    if (payload.kind !== 'pipeline' || phase(payload.pipeline.status) === 'alive') return false;
    return provesByContent(trigger, delivery) && !(await accessFor(trigger)).mayRead;
  }

  return async function evaluateHook(trigger, delivery) {
    return {
      isProof: await isProof(trigger, delivery),
      provesEnvironments: provesEnvironments(trigger, delivery, trust),
    };
  };
}
