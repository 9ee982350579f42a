import type { Request } from 'express';
import type { TriggerStore } from '../../app/ports/index.ts';
import type { Authorizer } from '../../app/access/authorize.ts';
import type { Approval, Approvals } from '../../app/triggers/decide-approval.ts';
import type { AuditedSteering } from '../../app/triggers/audited-steering.ts';
import { maySteer, steerRefusal } from '../../domain/access/caller.ts';
import type { Caller } from '../../domain/access/caller.ts';
import { grants } from '../../domain/access/grants.ts';
import { AppError } from '../../domain/error.ts';
import { clip } from '../../domain/text.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { outcomes } from '../../domain/trigger/trigger.ts';
import type { PageHandlers } from './page-handlers.ts';
import { choiceOf, fieldOf, fieldsOf, requiredField } from './fields.ts';
import { findTrigger } from './trigger.ts';
import type { ActorOf, PageRequest } from './authenticate-page.ts';
import { requireAdmin } from '../middleware/authenticate.ts';

interface Deps {
  readonly answers: PageHandlers;
  readonly store: Pick<TriggerStore, 'find' | 'wasPruned'>;
  readonly steerAs: AuditedSteering;
  readonly authorizer: Pick<Authorizer, 'steer'>;
  readonly approvals: Approvals;
  readonly actorOf: ActorOf;
}

/** As the API takes it, and as the field of the form says. */
const longestComment = 1_000;

const pathOf = (request: Request): string => `/triggers/${String(request.params['id'])}`;

/** The buttons on a trigger's page. */
export function steerForms({ answers, store, steerAs, authorizer, approvals, actorOf }: Deps) {
  /** @param act performs the action, and returns the message to show */
  const form = (
    act: (trigger: Trigger, steer: ReturnType<AuditedSteering>, visit: PageRequest) => Promise<string>,
  ) =>
    answers.form(pathOf, async (visit) => {
      const trigger = await findTrigger(store, visit);
      if (!maySteer(visit.caller, trigger)) throw new AppError('forbidden', steerRefusal(visit.caller));
      return { to: pathOf(visit.request), text: await act(trigger, steerAs(actorOf(visit)), visit) };
    });

  const approvalForm = (decision: Approval['decision'], text: string) =>
    answers.form(pathOf, async (visit) => {
      const trigger = await findTrigger(store, visit);
      approvals.check(visit.caller, trigger);
      const job = requiredField(visit.request, 'job');
      const comment = clip(fieldOf(visit.request, 'comment')?.trim() ?? '', longestComment) || null;
      const by = { caller: visit.caller, actor: actorOf(visit) };
      await approvals.decide(by, trigger, { decision, job, comment });
      return { to: pathOf(visit.request), text };
    });

  return {
    approve: approvalForm('approve', 'Approved: the job is played.'),
    reject: approvalForm('reject', 'Rejected: the trigger has ended.'),
    cancel: form(async ({ id }, steer, { request }) => {
      await steer.cancel(id, requiredField(request, 'reason'));
      return 'The pipeline is being canceled.';
    }),
    play: form(async (trigger, steer, { request, caller }) => {
      const named = fieldsOf(request, 'job');
      const jobs = named.length === 0 ? null : named;
      authorizer.steer(caller, trigger, { play: jobs });
      const after = await steer.play(trigger.id, jobs, {
        approvalRefusal: approvals.refusalFor(caller, trigger),
        ...playingElsewhere(caller),
      });
      const known = new Set(trigger.played.map(({ id }) => id));
      const chosen = after.played.filter(({ id }) => !known.has(id)).map(({ name }) => name);
      return chosen.length === 0 ? 'There was nothing to play any more.' : `Playing ${chosen.join(', ')}.`;
    }),
    retry: form(async (trigger, steer, { caller }) => {
      authorizer.steer(caller, trigger, 'retry');
      await steer.retry(trigger.id);
      return 'What failed is being run again.';
    }),
    reconcile: form(async ({ id }, steer) => {
      await steer.reconcile(id);
      return 'GitLab is being asked for the pipeline’s status.';
    }),
    resolve: form(async ({ id }, steer, visit) => {
      requireAdmin(visit.caller);
      const outcome = choiceOf(fieldOf(visit.request, 'outcome'), outcomes);
      if (outcome === null) throw new AppError('invalid', 'outcome: please choose one');
      const { state } = await steer.resolve(id, outcome, requiredField(visit.request, 'reason'));
      return state.kind === 'finished' ? `It ended as ${state.outcome}.` : 'It has not ended.';
    }),
  };
}

/** A role in the trigger's project is none in the projects that its pipeline starts others in. */
const playingElsewhere = ({ role, person }: Caller) =>
  role !== 'person' || person === undefined
    ? {}
    : { mayPlayIn: (projectId: number) => person.isIn(projectId, grants.steer.from) };
