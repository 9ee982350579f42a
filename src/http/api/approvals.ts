import type { RequestHandler } from 'express';
import { approvalRequestSchema } from '../../api/approval-view.ts';
import { parseInput } from '../../api/parse-input.ts';
import type { TriggerView } from '../../api/trigger-view.ts';
import type { Approval, Approvals } from '../../app/triggers/decide-approval.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { actorOf } from '../middleware/client-address.ts';
import { bytesOf, parseJson } from '../middleware/read-body.ts';
import { reply } from '../middleware/reply.ts';
import type { FindTrigger } from './find-trigger.ts';

interface Deps {
  readonly find: FindTrigger;
  readonly view: (trigger: Trigger) => TriggerView;
  readonly approvals: Pick<Approvals, 'decide' | 'check'>;
}

/** `POST …/approve` and `…/reject`: 202 and the trigger, also when the same is asked again. */
export const approvalHandler = (
  { find, view, approvals }: Deps,
  decision: Approval['decision'],
): RequestHandler =>
  reply(async (request) => {
    const { caller, trigger } = await find(request);
    approvals.check(caller, trigger);
    const body = bytesOf(request.body);
    const { job = null, comment = null } =
      body.length === 0 ? {} : parseInput(approvalRequestSchema, parseJson(body));
    const by = { caller, actor: actorOf(request, caller) };
    return { status: 202, body: view(await approvals.decide(by, trigger, { decision, job, comment })) };
  });
