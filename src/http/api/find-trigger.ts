import type { Request, Response } from 'express';
import type { TriggerStore } from '../../app/ports/index.ts';
import { findVisible } from '../../app/triggers/visible-triggers.ts';
import type { Caller } from '../../domain/access/caller.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'wasPruned'>;
  readonly authenticate: Authenticate;
}

export interface Found {
  readonly caller: Caller;
  readonly trigger: Trigger;
  readonly id: TriggerId;
}

/**
 * Finds the trigger that a request's path names.
 * @throws AppError `unauthorized`; `not_found` for an unknown trigger and for another caller's; `pruned`
 */
export type FindTrigger = (request: Request) => Promise<Found>;

export const createFindTrigger = ({ store, authenticate }: Deps): FindTrigger =>
  async function findTrigger(request) {
    const caller = await callerOf(request, authenticate);
    const id = String(request.params['id']) as TriggerId;
    return { caller, trigger: await findVisible(store, caller, id), id };
  };

/** The response that belongs to a request: express sets it. */
export function responseOf(request: Request): Response {
  if (request.res === undefined) throw new Error('a request without its response');
  return request.res;
}
