import { AppError } from '../domain/error.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { Trigger, TriggerRequest } from '../domain/trigger.ts';
import { requested } from '../domain/trigger.ts';
import type { Perform } from './apply-event.ts';
import type { Clock, IdempotencyKey, Secrets, TriggerStore } from './ports.ts';

export interface NewTrigger {
  readonly caller: string;
  readonly request: TriggerRequest;
  readonly secrets: Secrets;
  readonly key: IdempotencyKey | null;
}

/**
 * Stores what was asked for, then has the pipeline made. The same key and request give the first trigger again.
 * @throws AppError `key_reused` when the caller used the key for another request, `storage_unavailable`
 */
export type StartTrigger = (wanted: NewTrigger) => Promise<Trigger>;

interface Deps {
  readonly store: Pick<TriggerStore, 'create'>;
  readonly perform: Perform;
  readonly clock: Clock;
  readonly newTriggerId: () => TriggerId;
}

export const startTriggerWith =
  ({ store, perform, clock, newTriggerId }: Deps): StartTrigger =>
  async ({ caller, request, secrets, key }) => {
    const trigger = requested(newTriggerId(), caller, request, clock.now());
    const result = await store.create(trigger, secrets, key);
    if (result.created) {
      perform(trigger.id, [{ type: 'start' }]);
      return trigger;
    }
    if (result.requestDigest !== key?.requestDigest)
      throw new AppError('key_reused', 'this Idempotency-Key was used for another request');
    return result.earlier.trigger;
  };
