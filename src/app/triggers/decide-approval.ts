import type { Actor, Caller } from '../../domain/access/caller.ts';
import { approvalRefusal } from '../../domain/access/caller.ts';
import { grants } from '../../domain/access/grants.ts';
import { AppError } from '../../domain/error.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import { clipList } from '../../domain/text.ts';
import type { HeldJob } from '../../domain/trigger/held-job.ts';
import { approvalsOf, heldJobsOf } from '../../domain/trigger/held-jobs.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { Audit } from '../access/audit.ts';
import type { SteerTrigger } from './steer-trigger.ts';

/** What somebody says about a job that waits to be approved. */
export interface Approval {
  readonly decision: 'approve' | 'reject';
  /** Null: the only one that waits. */
  readonly job: string | null;
  readonly comment: string | null;
}

export interface Approvals {
  /** Why the caller may not decide about the jobs of a trigger; null where it may. */
  readonly refusalFor: (caller: Caller, trigger: Trigger) => string | null;
  /** @throws AppError `forbidden` where the caller may not decide about the jobs of a trigger */
  readonly check: (caller: Caller, trigger: Trigger) => void;
  /**
   * Decides an approval, once: the same decision again gives the trigger as it is.
   * @throws AppError `forbidden`; `no_approval` for a job that does not wait for it, or where it is not clear which one is
   *   meant
   */
  readonly decide: (
    by: { readonly caller: Caller; readonly actor: Actor },
    trigger: Trigger,
    approval: Approval,
  ) => Promise<Trigger>;
}

interface Deps {
  readonly steer: Pick<SteerTrigger, 'decideApproval'>;
  readonly audit: Audit;
  /** `APPROVAL_FOUR_EYES`. */
  readonly fourEyes: boolean;
}

const decided = { approve: 'approved', reject: 'rejected' } as const;

export function createApprovals({ steer, audit, fourEyes }: Deps): Approvals {
  const refusalFor = (caller: Caller, trigger: Trigger): string | null =>
    approvalRefusal(caller, trigger, fourEyes);

  function check(caller: Caller, trigger: Trigger): void {
    const refusal = refusalFor(caller, trigger);
    if (refusal !== null) throw new AppError('forbidden', refusal);
  }

  async function decide(
    { caller, actor }: { readonly caller: Caller; readonly actor: Actor },
    trigger: Trigger,
    approval: Approval,
  ): Promise<Trigger> {
    check(caller, trigger);
    const heldJobs = chosen(trigger, approval);
    if (heldJobs.length === 0) return trigger;
    await checkElsewhere(caller, trigger, heldJobs);
    const { decision } = approval;
    const comment = approval.comment === null ? null : plainLine(approval.comment);
    await audit.note(actor, `trigger.${decision}`, trigger.id, {
      jobs: heldJobs.map(({ name }) => name),
      comment,
    });
    const after = await steer.decideApproval(trigger.id, decision, {
      jobIds: heldJobs.map(({ id }) => id),
      by: actor.id,
      comment,
    });
    // Somebody else, or the time, may have been faster.
    if (!heldJobs.every(({ id }) => stateOf(after, id) === decided[decision]))
      throw noneWaits(after, approval);
    return after;
  }

  return { refusalFor, check, decide };
}

/** A role in the trigger's project is none in that of a child pipeline. @throws AppError `forbidden` */
async function checkElsewhere(
  { role, person }: Caller,
  trigger: Trigger,
  heldJobs: readonly HeldJob[],
): Promise<void> {
  if (role !== 'person' || person === undefined) return;
  const own = pipelineOf(trigger)?.projectId;
  for (const { id, name } of heldJobs) {
    const child = trigger.children?.find(({ jobs }) => jobs?.some((job) => job.id === id));
    if (child === undefined || child.projectId === own) continue;
    const { projectId } = child;
    if (!(await person.isIn(projectId, grants.approve.from)))
      throw new AppError(
        'forbidden',
        `${plainLine(name)}: is in project ${projectId}, where you may not approve`,
      );
  }
}

const stateOf = (trigger: Trigger, id: HeldJob['id']) =>
  heldJobsOf(trigger).find((heldJob) => heldJob.id === id)?.state.kind;

/** The held jobs that are to be decided; none where that was done in the same way. @throws AppError `no_approval` */
function chosen(trigger: Trigger, approval: Approval): readonly HeldJob[] {
  const { job, decision } = approval;
  const waiting = approvalsOf(trigger);
  const found = job === null ? waiting : waiting.filter(({ name }) => name === job);
  if (job === null && found.length > 1) throw unclear(found);
  if (found.length > 0) return found;
  const isDone = heldJobsOf(trigger).some(
    ({ name, state }) => (job === null || name === job) && state.kind === decided[decision],
  );
  if (isDone) return [];
  throw noneWaits(trigger, approval);
}

const listOf = (heldJobs: readonly HeldJob[]): string =>
  clipList(
    heldJobs.map(({ name }) => name),
    { most: 10, longest: 100 },
  );

const unclear = (heldJobs: readonly HeldJob[]): AppError =>
  new AppError('no_approval', `job: several jobs wait to be approved, name one of them: ${listOf(heldJobs)}`);

function noneWaits(trigger: Trigger, { job }: Approval): AppError {
  const waiting = approvalsOf(trigger);
  const what = job === null ? 'no job waits' : `this job does not wait`;
  const others = waiting.length === 0 ? '' : `; these do: ${listOf(waiting)}`;
  return new AppError('no_approval', `${what} to be approved${others}`);
}
