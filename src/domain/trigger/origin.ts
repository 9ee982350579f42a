import type { DeliveryId } from '../ids.ts';

/** Why the service polled GitLab: a webhook, its own action, no update for a while, a caller's request. */
export type ReadReason = 'hook' | 'action' | 'sweep' | 'user_request';

/** Where an event comes from. */
export interface Origin {
  /** The webhook that reported it. */
  readonly delivery?: DeliveryId;
  readonly why?: ReadReason;
}
