import type { RequestHandler } from 'express';
import type { Compare } from '../../app/triggers/compare.ts';
import { maySteer } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { FindTrigger } from './find-trigger.ts';
import type { DifferenceView } from '../../api/diagnostics-views.ts';
import { reply } from '../middleware/reply.ts';

interface Deps {
  readonly find: FindTrigger;
  readonly compare: Compare;
}

/** `GET /v1/triggers/{id}/difference`: what `/reconcile` would change. It asks GitLab, so it is for those who may. */
export const showDifference = ({ find, compare }: Deps): RequestHandler =>
  reply(async (request) => {
    const { id, caller, trigger } = await find(request);
    if (!maySteer(caller, trigger)) throw new AppError('forbidden', 'this key may only read');
    const { project, ref } = trigger.request;
    const pipelineId = pipelineOf(trigger)?.id ?? null;
    const { changes, actions, ...difference } = await compare(trigger);
    const body: DifferenceView = {
      id,
      project,
      ref,
      pipelineId,
      ...difference,
      changes: [...changes],
      actions: [...actions],
    };
    return { status: 200, body };
  });
