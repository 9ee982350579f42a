import type { Caller } from '../../domain/access/caller.ts';
import { maySee } from '../../domain/access/caller.ts';
import { approvalsOf } from '../../domain/trigger/held-jobs.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { TriggerStore } from '../ports/index.ts';
import type { Approvals } from './decide-approval.ts';

/** What concerns a person, newest first. */
export interface MyWork {
  /** Triggers with jobs that wait for an approval which the person may give. */
  readonly toApprove: readonly Trigger[];
  /** Triggers of CI jobs that the person has started. */
  readonly started: readonly Trigger[];
}

/** So many of the newest pending triggers are looked through, and so many of all. */
const mostPending = 500;
const mostRecent = 200;
/** More are not shown on a page. */
const mostToApprove = 50;
const mostStarted = 5;

const nothing: MyWork = { toApprove: [], started: [] };

/** Only people have any: keys are machines'. */
export async function findMyWork(
  store: Pick<TriggerStore, 'list'>,
  approvals: Pick<Approvals, 'refusalFor'>,
  caller: Caller,
): Promise<MyWork> {
  const { person } = caller;
  if (person === undefined) return nothing;
  const newest = async (state: 'pending' | 'all', limit: number): Promise<readonly Trigger[]> => {
    const query = { state, project: null, ref: null, caller: null, cursor: null, limit };
    return (await store.list(query)).items;
  };
  const waiting = (await newest('pending', mostPending))
    .filter((trigger) => approvalsOf(trigger).length > 0)
    .slice(0, mostToApprove);
  const started = (await newest('all', mostRecent))
    .filter(({ startedBy }) => startedBy?.userId === person.userId)
    .slice(0, mostStarted);
  await person.learn([...waiting, ...started]);
  return {
    toApprove: waiting.filter(
      (trigger) => maySee(caller, trigger) && approvals.refusalFor(caller, trigger) === null,
    ),
    started: started.filter((trigger) => maySee(caller, trigger)),
  };
}
