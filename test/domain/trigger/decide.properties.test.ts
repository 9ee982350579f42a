import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, outstanding } from '../../../src/domain/trigger/decide.ts';
import type { PipelineReading, TriggerEvent } from '../../../src/domain/trigger/event.ts';
import type { JobId, PipelineId } from '../../../src/domain/ids.ts';
import type { Job } from '../../../src/domain/trigger/job.ts';
import { failedJobsOf, isUnderWay } from '../../../src/domain/trigger/job.ts';
import type { ManualRule } from '../../../src/domain/trigger/manual-rules.ts';
import { manualActions, playTimes } from '../../../src/domain/trigger/manual-rules.ts';
import { phaseOf } from '../../../src/domain/trigger/status.ts';
import type { Trigger, TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { isFinished, isRunning, outcomes, pipelineOf } from '../../../src/domain/trigger/trigger.ts';
import { compositeStatus } from '../../../simulator/engine/composite.ts';
import type { Status } from '../../../simulator/engine/status.ts';
import {
  aJob,
  aReading,
  aRunning,
  aSnapshot,
  aTrigger,
  hook,
  outcomeOf,
  pipelineId,
  read,
  start,
} from '../../fakes/triggers.ts';

/** A small pipeline, so that events meet: the second `deploy` is the first one's next run. */
const definitions = [
  { id: 1, name: 'build', allowFailure: false },
  { id: 2, name: 'lint', allowFailure: true },
  { id: 3, name: 'deploy', allowFailure: false },
  { id: 4, name: 'rollback', allowFailure: true },
  { id: 5, name: 'deploy', allowFailure: false },
] as const;

const anyStatus = fc.constantFrom(...Object.keys(phaseOf), 'meditating');
const anyJob: fc.Arbitrary<Job> = fc
  .tuple(fc.constantFrom(...definitions), anyStatus)
  .map(([{ id, name, allowFailure }, status]) => aJob(name, status, { id: id as JobId, allowFailure }));
const anyJobs = fc.uniqueArray(anyJob, { selector: ({ id }) => id, maxLength: 4 });
const anyPipelineId = fc.constantFrom(pipelineId, pipelineId, pipelineId, 102 as PipelineId);

const anySnapshot = fc
  .record({ id: anyPipelineId, status: anyStatus, jobs: fc.option(anyJobs) })
  .map(({ id, status, jobs }) => ({ ...aSnapshot(status, jobs), id }));
const anyReading = fc
  .record({ id: anyPipelineId, status: anyStatus, jobs: anyJobs })
  .map(({ id, status, jobs }): PipelineReading => ({ ...aReading(status, jobs), id }));

const anyJobId = fc.constantFrom(...definitions.map(({ id }) => id as JobId));
const anyNames = fc.option(
  fc.array(fc.constantFrom(...definitions.map(({ name }) => name)), { maxLength: 3 }),
);
const type = <T extends TriggerEvent['type']>(name: T) => fc.constant(name);

const anyEventBody = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: type('pipelineSeen'), pipeline: anySnapshot }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: type('pipelineRead'), pipeline: anyReading, epoch: fc.nat({ max: 3 }) }),
  },
  fc.record({ type: type('playPostponed'), pipeline: anyReading, epoch: fc.nat({ max: 3 }) }),
  { weight: 3, arbitrary: fc.record({ type: type('jobSeen'), job: anyJob }) },
  { weight: 3, arbitrary: fc.record({ type: type('jobPlayed'), jobId: anyJobId }) },
  { weight: 2, arbitrary: fc.record({ type: type('pipelineStarted'), pipeline: anySnapshot }) },
  fc.record({ type: type('playRefused'), jobId: anyJobId, reason: fc.constant('403 Forbidden') }),
  fc.record({ type: type('pipelineFound'), pipeline: anySnapshot }),
  fc.record({
    type: type('candidateFound'),
    candidate: fc.record({
      id: anyPipelineId,
      status: anyStatus,
      sha: fc.constant('aaa'),
      tip: fc.constantFrom('aaa', 'bbb'),
    }),
  }),
  fc.record({
    type: type('startTried'),
    reason: fc.option(fc.constant('502')),
    inDoubt: fc.option(fc.record({ inDoubtUntil: fc.nat() })),
  }),
  fc.record({ type: type('startRefused'), reason: fc.constant('400 Bad request') }),
  fc.record({ type: type('startRefused'), reason: fc.constant('broken'), pipeline: anySnapshot }),
  fc.record({ type: type('tracesRead'), failedJobs: anyJobs.map(failedJobsOf) }),
  fc.record({ type: type('playRequested'), jobs: anyNames, pipeline: anyReading }),
  fc.record({
    type: type('resolved'),
    outcome: fc.constantFrom(...outcomes),
    reason: fc.constant('by hand'),
  }),
  fc.record({ type: type('cancelRequested'), reason: fc.constant('canceled by ci') }),
  fc.record({ type: type('retryRefused'), reason: fc.constant('403 Forbidden') }),
  fc.record({
    type: fc.constantFrom(
      ...([
        'startAbandoned',
        'pipelineGone',
        'pipelineMentioned',
        'retryDone',
        'cancelDone',
        'deadlinePassed',
        'clockSetBack',
        'upstreamCanceled',
        'retryRequested',
      ] as const),
    ),
  }),
);
const anyEvent = fc
  .tuple(anyEventBody, fc.constantFrom(start, start + 1, start + 3_600_000))
  .map(([event, at]): TriggerEvent => ({ ...event, at }));
const anyHistory = fc.array(anyEvent, { maxLength: 12 });

const anyRule: fc.Arbitrary<ManualRule> = fc.record(
  {
    job: fc.constantFrom('*', 'dep*', 'deploy', 'rollback'),
    stage: fc.constantFrom('test', 'prod'),
    action: fc.constantFrom(...manualActions),
    when: fc.constantFrom(...playTimes),
  },
  { requiredKeys: ['action'] },
);
const anyRules = fc.option(fc.array(anyRule, { minLength: 1, maxLength: 3 }), { freq: 2 });

const anyRequest: fc.Arbitrary<Partial<TriggerRequest>> = fc
  .tuple(
    fc.record({
      onManual: fc.constantFrom('fail', 'pass', 'play', 'play'),
      jobs: anyNames,
      playOneByOne: fc.boolean(),
      retry: fc.boolean(),
      cancelOnDeadline: fc.boolean(),
      cancelWithUpstream: fc.boolean(),
    }),
    anyRules,
  )
  .map(([request, manual]) =>
    manual === null ? request : { ...request, onManual: 'fail', jobs: null, manual },
  );
/** Most histories begin with a pipeline that runs: without one there is little to happen. */
const anyTrigger = fc
  .tuple(anyRequest, fc.constantFrom('requested', 'running', 'running', 'running'))
  .map(([request, kind]) => frozen(kind === 'running' ? { ...aRunning(request) } : aTrigger(request)));

/** Freezes the value and everything in it, so that an attempt to change it throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** Calls back for each step of a history. */
function walk(
  trigger: Trigger,
  history: readonly TriggerEvent[],
  step: (before: Trigger, event: TriggerEvent, next: Trigger) => void,
) {
  return history.reduce((before, event) => {
    const next = frozen(decide(before, frozen(event)).next);
    step(before, event, next);
    return next;
  }, trigger);
}

const always = (property: fc.IProperty<[Trigger, TriggerEvent[]]>): void =>
  fc.assert(property, { numRuns: 1_000 });

test('decide changes none of what it is given', () => {
  always(
    fc.property(anyTrigger, anyHistory, (trigger, history) => {
      walk(trigger, history, (before, event, next) => {
        expect(decide(structuredClone(before), structuredClone(event)).next).toEqual(next);
      });
    }),
  );
});

test('what has happened right before changes nothing', () => {
  always(
    fc.property(anyTrigger, anyHistory, (trigger, history) => {
      walk(trigger, history, (_before, event, next) => {
        const again = decide(next, event).next;
        expect(again).toEqual(next);
        // A hook is a hint: one that was known already is not even written down. An answer of GitLab always is.
        if (event.type === 'pipelineSeen' || event.type === 'jobSeen') expect(again).toBe(next);
      });
    }),
  );
});

test('finished stays finished as it is, unless somebody asks for more', () => {
  always(
    fc.property(anyTrigger, anyHistory, (trigger, history) => {
      walk(trigger, history, (before, { type: what }, next) => {
        if (!isFinished(before) || what === 'playRequested' || what === 'retryRequested') return;
        expect(isFinished(next)).toBe(true);
        expect(outcomeOf(next)).toBe(outcomeOf(before));
      });
    }),
  );
});

test('no job is meant to be played a second time, unless GitLab refused it or somebody asks for it', () => {
  always(
    fc.property(anyTrigger, anyHistory, (trigger, history) => {
      walk(trigger, history, (before, { type: what }, next) => {
        const ids = next.played.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)]);
        const known = before.played.map(({ id }) => id);
        const added = next.played.filter(
          ({ id, progress }) => progress === 'intended' && !known.includes(id),
        );
        if (added.length > 0)
          expect(['pipelineSeen', 'pipelineRead', 'playPostponed', 'playRequested']).toContain(what);
        for (const { id, progress } of before.played) {
          if (progress !== 'played') continue;
          expect(next.played.find((job) => job.id === id)?.progress).toBe('played');
        }
      });
    }),
  );
});

test('nothing is played that was not to be played, and nothing before the pipeline stands still', () => {
  always(
    fc.property(anyTrigger, anyHistory, (trigger, history) => {
      const { onManual, jobs: names, manual, playOneByOne } = trigger.request;
      walk(trigger, history, (before, event, next) => {
        if (event.type === 'playRequested') return;
        const known = before.played.map(({ id }) => id);
        const added = next.played.filter((job) => !known.includes(job.id));
        if (manual === undefined && playOneByOne === true && names === null)
          expect(added.length).toBeLessThan(2);
        for (const { id, name, isEarly } of added) {
          expect(onManual === 'play' || manual?.some(({ action }) => action === 'play')).toBe(true);
          expect(before.cancel).toBeNull();
          const job = next.jobs.find((each) => each.id === id);
          expect(job?.status).toBe('manual');
          const gotNowhere =
            manual === undefined && playOneByOne === true && pipelineOf(next)?.status === 'skipped';
          if (names !== null) expect(names).toContain(name);
          else if (job?.allowFailure === true)
            expect(gotNowhere || manual?.some(({ job: exact }) => exact === name)).toBe(true);
          expect(failedJobsOf(next.jobs)).toEqual([]);
          if (isEarly === true) {
            expect(manual?.some(({ when }) => when === 'playable')).toBe(true);
            continue;
          }
          expect(['manual', 'skipped', 'success']).toContain(pipelineOf(next)?.status);
          expect(next.jobs.filter(isUnderWay)).toEqual([]);
        }
      });
    }),
  );
});

test('work that is asked for is written down, so that a crash does not lose it', () => {
  always(
    fc.property(anyTrigger, anyHistory, (trigger, history) => {
      walk(trigger, history, (before, event, next) => {
        const { actions } = decide(before, event);
        expect(outstanding(next)).toEqual(
          expect.arrayContaining(actions.filter(({ type: what }) => what !== 'confirm')),
        );
        if (actions.some(({ type: what }) => what === 'confirm')) expect(isRunning(next)).toBe(true);
      });
    }),
  );
});

/** A trigger that waits for something says so: else it would wait for ever. */
test('whatever has happened, a trigger that has not ended has something outstanding', () => {
  always(
    fc.property(anyTrigger, anyHistory, (trigger, history) => {
      const last = walk(trigger, history, () => undefined);
      expect(outstanding(last).length > 0 || isFinished(last)).toBe(true);
    }),
  );
});

/** How jobs move in truth: each on its own, none ever back. */
const ways: readonly (readonly Status[])[] = [
  ['created', 'pending', 'running', 'success'],
  ['created', 'pending', 'running', 'failed'],
  ['created', 'pending', 'canceled'],
  ['created', 'skipped'],
];

const anyTruth = fc
  .array(fc.record({ way: fc.constantFrom(...ways), allowFailure: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((jobs) => {
    const moves = jobs.flatMap(({ way }, job) => way.slice(1).map(() => job));
    return fc.tuple(fc.constant(jobs), fc.shuffledSubarray(moves, { minLength: moves.length }));
  })
  .map(([jobs, order]) => {
    const reached = jobs.map(() => 0);
    const view = () => {
      const seen = jobs.map(({ way, allowFailure }, index) =>
        aJob(`job ${index}`, way[reached[index] ?? 0] ?? 'created', {
          id: (index + 1) as JobId,
          allowFailure,
        }),
      );
      return { jobs: seen, status: compositeStatus(seen as (Job & { status: Status })[]) };
    };
    return [view(), ...order.map((job) => ((reached[job] = (reached[job] ?? 0) + 1), view()))];
  });

test('in whatever order, however often and however incomplete the hooks come: one look brings the truth', () => {
  const truthAndHooks = anyTruth.chain((views) =>
    fc.tuple(fc.constant(views), fc.array(fc.constantFrom(...views), { maxLength: 15 })),
  );
  fc.assert(
    fc.property(truthAndHooks, anyRequest, ([views, reported], request) => {
      const { status, jobs } = views.at(-1) ?? { status: 'created', jobs: [] };
      const started: TriggerEvent = { type: 'pipelineStarted', at: start, pipeline: aSnapshot('created') };
      const begin = decide(aTrigger(request), started).next;
      const hooks = reported.map((view) => hook(view.status, view.jobs));
      const withLastHook = [...hooks, read(status, jobs)].reduce(
        (trigger, event) => decide(trigger, event).next,
        begin,
      );
      const looked = decide(begin, read(status, jobs)).next;
      expect(outcomeOf(withLastHook)).toBe(status);
      // How the end became known may differ.
      expect({ ...withLastHook.state, endSeen: null }).toEqual({ ...looked.state, endSeen: null });
      expect(withLastHook.jobs).toEqual(looked.jobs);
    }),
    { numRuns: 1_000 },
  );
});
