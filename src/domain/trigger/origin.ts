import type { DeliveryId } from '../ids.ts';

/** Why GitLab was asked: a hook told of something, an action of ours was done, it had been quiet, somebody wished it. */
export type ReadReason = 'hook' | 'action' | 'sweep' | 'user_request';

/** Where an event comes from. */
export interface Origin {
  /** The hook that told it. */
  readonly delivery?: DeliveryId;
  readonly why?: ReadReason;
}
