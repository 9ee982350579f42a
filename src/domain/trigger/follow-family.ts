import type { PipelineId } from '../ids.ts';
import type { Decision } from './event.ts';
import type { Family } from './family.ts';
import { familyOf, isAtRest, isBlocked, isMoving, isUnexplained, mayPlayIn } from './family.ts';
import type { Observation, Rule } from './follow-pipeline.ts';
import {
  confirm,
  duePlays,
  endAs,
  loseAs,
  isActing,
  play,
  playsOneByOne,
  ruleOfStatus,
  stayBlocked,
  wait,
} from './follow-pipeline.ts';
import type { Job } from './job.ts';
import { failedJobsOf, isBlocking, isUnderWay } from './job.ts';
import { updateHeldJobs } from './held-jobs.ts';
import type { PlayedJob, RunningTrigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

/** What follows from the status of the pipeline and its child pipelines. */
export function follow(trigger: RunningTrigger, observation: Observation): Decision {
  if (isActing(trigger)) return wait(trigger);
  const family = familyOf(trigger, observation);
  const held = withHeldJobs(trigger, observation, family);
  if (held === trigger) return followAll(trigger, observation, family);
  if (observation.asked && observation.current) return followAll(held, observation, family);
  // Jobs are held and released by GitLab's answer alone.
  const decision = followAll(trigger, observation, family);
  return isRunning(decision.next) && decision.actions.length === 0
    ? confirm(decision.next, observation)
    : decision;
}

function followAll(trigger: RunningTrigger, observation: Observation, family: Family): Decision {
  const rule = ruleOfStatus(observation.status);
  return family.children.length === 0
    ? rule(trigger, observation)
    : followFamily(trigger, withFailures(observation, family), { ...family, rule });
}

/** The trigger with the jobs that it holds, those of its child pipelines included. */
function withHeldJobs(
  trigger: RunningTrigger,
  observation: Observation,
  { children, lost }: Family,
): RunningTrigger {
  const { at, status, jobs } = observation;
  const ofChildren = children
    .filter((child) => !lost.has(child.id) && mayPlayIn(trigger, child))
    .map((child) => ({ status: child.status, jobs: child.jobs }));
  const own = lost.has(trigger.state.pipeline.id) ? [] : [{ status, jobs }];
  return [...own, ...ofChildren].reduce(
    (next, seen) =>
      seen.jobs === null ? next : updateHeldJobs(next, { status: seen.status, jobs: seen.jobs }, at),
    trigger,
  );
}

/** The failures of child pipelines are among those of the trigger. */
function withFailures(observation: Observation, { children }: Family): Observation {
  const known = new Set(observation.failedJobs.map(({ id }) => id));
  const theirs = children.flatMap(({ jobs }) => failedJobsOf(jobs ?? [])).filter(({ id }) => !known.has(id));
  return { ...observation, failedJobs: [...observation.failedJobs, ...theirs] };
}

/** All plays that are due, in the pipeline and its children: each is at a standstill or not by its own status. */
function familyPlays(
  trigger: RunningTrigger,
  observation: Observation,
  { children, lost, lostAs }: Family,
): readonly PlayedJob[] {
  const fateOf = (id: PipelineId) => (lost.has(id) ? { lostAs } : {});
  const playsOf = (isResting: boolean, seen: Parameters<typeof duePlays>[1]): readonly PlayedJob[] =>
    duePlays(trigger, seen).filter(({ isEarly }) => isResting || isEarly === true);
  const { status, jobs } = observation;
  const own = playsOf(isAtRest(observation), { status, jobs, ...fateOf(trigger.state.pipeline.id) });
  const theirs = children
    .filter((child) => mayPlayIn(trigger, child))
    .flatMap((child) =>
      playsOf(isAtRest(child), { status: child.status, jobs: child.jobs, ...fateOf(child.id) }),
    );
  const plays = [...own, ...theirs];
  return playsOneByOne(trigger.request) ? plays.slice(0, 1) : plays;
}

/** Statuses that are GitLab's last word on the pipeline, whatever its children show. */
const lastWords: ReadonlySet<string> = new Set(['failed', 'canceled', 'canceling']);

/**
 * The pipeline and its child pipelines. The parent's `running` and a `manual` that only mirrors a child say nothing: what
 * waits in the children is played and waited for, and decides when nothing of that is left.
 */
function followFamily(
  trigger: RunningTrigger,
  observation: Observation,
  { rule, ...family }: Family & { readonly rule: Rule },
): Decision {
  const { status, jobs, asked, current } = observation;
  const { children, lost, lostAs } = family;
  const seen = lost.has(trigger.state.pipeline.id) ? { ...observation, lostAs } : observation;
  if (lastWords.has(status)) return rule(trigger, seen);
  const plays = familyPlays(trigger, observation, family);
  if (plays.length > 0) return asked && !current ? confirm(trigger, seen) : play(trigger, plays);
  if (status === 'success') {
    // A play may have set a child going again; a hook may be older than its end.
    if (children.some(isMoving)) return asked && current ? wait(trigger) : confirm(trigger, seen);
    const theirs = children.filter((child) => mayPlayIn(trigger, child)).flatMap((child) => child.jobs ?? []);
    return rule(trigger, { ...seen, jobs: jobs === null ? null : [...jobs, ...theirs] });
  }
  const blocked = children.filter(isBlocked);
  const isMirror = status === 'manual' && jobs !== null && !jobs.some(isBlocking);
  const isHeldUp = blocked.length > 0 && (status === 'manual' || isMoving({ status }));
  return isHeldUp ? stayBlockedIn(blocked, isMirror, family)(trigger, seen) : rule(trigger, seen);
}

/**
 * Child pipelines wait to have jobs played, and nothing is to be played.
 * @param isMirror the pipeline's own `manual` only mirrors that of a child
 */
const stayBlockedIn =
  (blocked: Family['children'], isMirror: boolean, { children, lost, lostAs }: Family): Rule =>
  (trigger, observation) => {
    const { status, jobs } = observation;
    const isOwn = status === 'manual' && !isMirror;
    if (blocked.some(isUnexplained) || (isOwn && jobs === null)) return confirm(trigger, observation);
    if (trigger.cancel !== null) {
      // GitLab cancels no manual job, and its pipeline stays `manual`: all others are waited for.
      const goesOn = children.some(isMoving) || ownJobs(observation).some(isUnderWay);
      return goesOn ? wait(trigger) : endAs('canceled')(trigger, observation);
    }
    if (observation.lostAs !== undefined || blocked.some(({ id }) => lost.has(id)))
      return loseAs(lostAs)(trigger, observation);
    const waiting = blocked.flatMap((child) => child.jobs ?? []).filter(isBlocking);
    return stayBlocked(trigger, {
      ...observation,
      jobs: [...(isOwn ? (jobs ?? []) : []), ...waiting],
      ofChildren: blocked,
    });
  };

/** Bridges that have started a pipeline are as their pipelines are. */
const ownJobs = ({ jobs }: Observation): readonly Job[] =>
  (jobs ?? []).filter(({ downstream }) => downstream == null);
