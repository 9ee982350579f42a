import type { Request, RequestHandler } from 'express';
import type { Authorizer } from '../../app/access/authorize.ts';
import type { Approvals } from '../../app/triggers/decide-approval.ts';
import type { AuditedSteering } from '../../app/triggers/audited-steering.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { maySteer, steerRefusal } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { actorOf } from '../middleware/client-address.ts';
import { requireAdmin } from '../middleware/authenticate.ts';
import type { FindTrigger, Found } from './find-trigger.ts';
import { bytesOf, parseJson } from '../middleware/read-body.ts';
import { reply } from '../middleware/reply.ts';
import { refuseTooMany } from '../../api/count-limits.ts';
import { parseInput } from '../../api/parse-input.ts';
import { cancelRoute, playRoute, resolveRoute } from './routes/steering.ts';
import type { TriggerView } from '../../api/trigger-view.ts';

interface Deps {
  readonly find: FindTrigger;
  readonly view: (trigger: Trigger) => TriggerView;
  readonly steerAs: AuditedSteering;
  readonly authorizer: Pick<Authorizer, 'steer'>;
  readonly approvals: Pick<Approvals, 'refusalFor'>;
}

type Steer = ReturnType<AuditedSteering>;

/** The actions on a trigger. Each answers 202 with the trigger, and is safe to repeat. */
export function steerHandlers({ find, view, steerAs, authorizer, approvals: { refusalFor } }: Deps) {
  const handler = (act: (steer: Steer, found: Found, request: Request) => Promise<Trigger>): RequestHandler =>
    reply(async (request) => {
      const found = await find(request);
      if (!maySteer(found.caller, found.trigger)) throw new AppError('forbidden', steerRefusal(found.caller));
      return { status: 202, body: view(await act(steerAs(actorOf(request, found.caller)), found, request)) };
    });

  return {
    cancel: handler((steer, { id }, { body }) =>
      steer.cancel(id, bytesOf(body).length === 0 ? undefined : readReason(parseJson(body))),
    ),
    retry: handler((steer, { id, caller, trigger }) => {
      authorizer.steer(caller, trigger, 'retry');
      return steer.retry(id);
    }),
    reconcile: handler((steer, { id }) => steer.reconcile(id)),
    play: handler((steer, { id, caller, trigger }, { body }) => {
      const jobs = bytesOf(body).length === 0 ? null : readJobs(parseJson(body));
      authorizer.steer(caller, trigger, { play: jobs });
      return steer.play(id, jobs, { approvalRefusal: refusalFor(caller, trigger) });
    }),
    resolve: handler((steer, { id, caller }, { body }) => {
      requireAdmin(caller);
      const { outcome, reason } = parseInput(resolveRoute.body.schema, parseJson(body));
      return steer.resolve(id, outcome, reason);
    }),
  };
}

function readJobs(input: unknown): readonly string[] | null {
  refuseTooMany(input);
  return parseInput(playRoute.body.schema, input).jobs ?? null;
}

const readReason = (input: unknown): string | undefined =>
  parseInput(cancelRoute.body.schema, input).reason ?? undefined;
