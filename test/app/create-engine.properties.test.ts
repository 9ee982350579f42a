import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery } from '../../src/domain/delivery.ts';
import type { JobEvent } from '../../simulator/engine/apply-event.ts';
import type { Interception } from '../fakes/intercept.ts';
import { dying, failing, losingAnswer } from '../fakes/intercept.ts';
import { settled } from '../fakes/fake-clock.ts';
import {
  badGateway,
  connectionReset,
  noAnswer,
  storageUnavailable,
  tooManyRequests,
  unreachable,
  unreadable,
} from '../fakes/failures.ts';
import { isOpen, isRunning } from '../../src/domain/trigger/trigger.ts';
import { outcomeOf } from '../fakes/triggers.ts';
import type { Outside } from './start-engine.ts';
import { createOutside, quietMs, startEngine } from './start-engine.ts';

const minute = 60_000;
/** Nobody gives up while these tests last. */
const deadlineSeconds = 1_000_000;

/** A service that can be killed and started again over the same disk and the same GitLab. */
function createService(outside: Outside) {
  let current = startEngine(outside);
  return {
    current: () => current,
    restart: async () => {
      current.kill();
      current = startEngine(outside);
      // One that dies meanwhile will never be done.
      await Promise.race([current.engine.sweep.resume(), settled()]);
      await settled();
    },
    /** Long enough for every open question to be answered. */
    rest: async () => {
      for (let round = 0; round < 4; round += 1) {
        await outside.clock.advance(quietMs);
        await Promise.race([current.engine.sweep.round(), settled()]);
        await settled();
      }
    },
  };
}

/** GitLab goes on with a request after its sender has given up, or died. */
const carriedOutLater =
  (clock: Outside['clock'], ms: number, error: Error | null): Interception =>
  (execute) => {
    void clock
      .sleep(ms)
      .then(execute)
      .catch(() => undefined);
    return error === null ? new Promise(() => undefined) : Promise.reject(error);
  };

/** Everything that can become of a request that changes something in GitLab. */
const troubles: Readonly<Record<string, (clock: Outside['clock']) => Interception>> = {
  fine: () => (execute) => execute(),
  'reset before': () => failing(connectionReset()),
  'reset after': () => losingAnswer(connectionReset()),
  'reset, carried out later': (clock) => carriedOutLater(clock, 4_000, connectionReset()),
  'timeout before': () => failing(noAnswer()),
  'timeout after': () => losingAnswer(noAnswer()),
  'timeout, carried out later': (clock) => carriedOutLater(clock, 45_000, noAnswer()),
  '502 before': () => failing(badGateway()),
  '502 after': () => losingAnswer(badGateway()),
  '429': () => failing(tooManyRequests(20_000)),
  unreachable: () => failing(unreachable()),
  'death before': () => dying({ after: 'nothing' }),
  'death after': () => dying({ after: 'execution' }),
  'death, carried out later': (clock) => carriedOutLater(clock, 8_000, null),
};

const anyTrouble = fc.constantFrom(...Object.keys(troubles));
/** Not covered: a play that GitLab carries out only after the service was started anew, and has played again. */
const anyPlayTrouble = fc.constantFrom(
  ...Object.keys(troubles).filter((trouble) => !trouble.includes('later')),
);
const anyReadTrouble = fc.array(fc.constantFrom('fine', 'fine', '502', 'death'), { maxLength: 5 });

const readTroubles: Readonly<Record<string, Interception>> = {
  fine: (execute) => execute(),
  '502': failing(unreadable()),
  death: dying({ after: 'nothing' }),
};

const anyPause = fc.constantFrom(0, 500, 5_000, minute);

test('never two pipelines for one trigger, and never none for one that was accepted', async () => {
  const anyStep = fc.record({ restarts: fc.boolean(), hook: fc.boolean(), pauseMs: anyPause });
  const anyWriteTrouble = fc.array(fc.constantFrom('fine', 'fine', 'fine', 'unavailable', 'death'), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyTrouble, { maxLength: 4 }),
      anyReadTrouble,
      anyWriteTrouble,
      fc.array(anyStep, { maxLength: 6 }),
      async (onCreate, onSearch, onCommit, steps) => {
        const outside = createOutside();
        const { clock, gitlab, store } = outside;
        const service = createService(outside);
        gitlab.next('createPipeline', ...onCreate.map((trouble) => (troubles[trouble] ?? fine)(clock)));
        gitlab.next('findPipeline', ...onSearch.map((trouble) => readTroubles[trouble] ?? fine()));
        store.next(
          'commit',
          ...onCommit.map((trouble) =>
            trouble === 'unavailable' ? failing(storageUnavailable()) : (readTroubles[trouble] ?? fine()),
          ),
        );
        const id = await service.current().start({ deadlineSeconds });
        for (const { restarts, hook, pauseMs } of steps) {
          if (hook && gitlab.pipelines().length > 0)
            await Promise.race([service.current().hook(), settled()]);
          await clock.advance(pauseMs);
          if (restarts) await service.restart();
        }
        // What is still in the way now is met while the service rests; the dead are replaced by one that lives.
        for (let lives = 0; lives < 12; lives += 1) {
          await clock.advance(minute);
          await service.restart();
        }
        await service.rest();
        const pipelines = gitlab.pipelines();
        const { state } = await service.current().find(id);
        expect(pipelines).toHaveLength(1);
        expect(state).toMatchObject({ kind: 'running', pipeline: { id: pipelines[0]?.id } });
      },
    ),
    { numRuns: 300 },
  );
});

test('never two pipelines either where they cannot carry our id, or when nobody waits for them any more', async () => {
  const anyStep = fc.record({ restarts: fc.boolean(), pauseMs: anyPause });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('group/app', 'group/strict'),
      fc.constantFrom(1, deadlineSeconds),
      fc.array(anyTrouble, { maxLength: 4 }),
      anyReadTrouble,
      fc.array(anyStep, { maxLength: 4 }),
      async (project, deadline, onCreate, onSearch, steps) => {
        const outside = createOutside();
        const { clock, gitlab } = outside;
        const service = createService(outside);
        gitlab.next('createPipeline', ...onCreate.map((trouble) => (troubles[trouble] ?? fine)(clock)));
        for (const method of ['findPipeline', 'pipelinesAfter', 'newestPipeline'] as const)
          gitlab.next(method, ...onSearch.map((trouble) => readTroubles[trouble] ?? fine()));
        const id = await service.current().start({ project, deadlineSeconds: deadline });
        for (const { restarts, pauseMs } of steps) {
          await clock.advance(pauseMs);
          await Promise.race([service.current().engine.sweep.round(), settled()]);
          if (restarts) await service.restart();
        }
        for (let lives = 0; lives < 12; lives += 1) {
          await clock.advance(minute);
          await service.restart();
        }
        await service.rest();
        const pipelines = gitlab.pipelines();
        const trigger = await service.current().find(id);
        expect(pipelines.length).toBeLessThan(2);
        const [pipeline] = pipelines;
        if (isRunning(trigger)) expect(trigger.state.pipeline.id).toBe(pipeline?.id);
        else
          expect([outcomeOf(trigger), isOpen(trigger)]).toEqual([
            expect.stringMatching(/error|deadline/),
            false,
          ]);
        // One that carries our id is always found: it does not run on when nobody waits for it.
        const isForgotten = outcomeOf(trigger) === 'error' && pipeline?.status !== 'canceled';
        if (project === 'group/app' && pipeline !== undefined) expect(isForgotten).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});

const fine = (): Interception => (execute) => execute();

type Step =
  | { readonly kind: 'job'; readonly event: JobEvent; readonly job: string }
  | { readonly kind: 'hook' | 'lost hook' | 'late hook' | 'duplicates' | 'restart' | 'sweep' }
  | { readonly kind: 'pause'; readonly ms: number };

const jobs = ['build', 'approve', 'deploy', 'rollback', 'verify'] as const;

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('job'),
      event: fc.constantFrom<JobEvent>('run', 'success', 'success', 'play', 'drop'),
      job: fc.constantFrom(...jobs),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('hook', 'hook', 'lost hook', 'late hook', 'duplicates', 'restart', 'sweep'),
    }),
  },
  fc.record({ kind: fc.constant('pause'), ms: anyPause }),
);

/** Moves a job as far as GitLab would let it move. */
function move({ gitlab }: Outside, event: JobEvent, name: string): void {
  const status = gitlab.pipelines()[0]?.jobs.findLast((job) => job.name === name)?.status ?? '';
  const from: Partial<Record<JobEvent, readonly string[]>> = {
    run: ['pending'],
    success: ['pending', 'running'],
    drop: ['pending', 'running'],
    play: ['manual'],
  };
  if (from[event]?.includes(status)) gitlab.apply(event, [name]);
}

test('each manual job is played at most once, only those intended, and the end is what GitLab shows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<readonly string[] | null>(
        null,
        ['deploy', 'approve'],
        ['rollback'],
        ['verify', 'deploy', 'deploy'],
      ),
      fc.array(anyPlayTrouble, { maxLength: 4 }),
      anyReadTrouble,
      fc.array(anyStep, { maxLength: 25 }),
      async (names, onPlay, onRead, steps) => {
        const outside = createOutside();
        const { clock, gitlab } = outside;
        const service = createService(outside);
        const id = await service
          .current()
          .start({ project: 'group/manual', onManual: 'play', jobs: names, deadlineSeconds });
        gitlab.next('playJob', ...onPlay.map((trouble) => (troubles[trouble] ?? fine)(clock)));
        gitlab.next('readPipeline', ...onRead.map((trouble) => readTroubles[trouble] ?? fine()));
        const byPeople = new Set<string>();
        const late: Delivery[] = [];
        const tell = (...deliveries: Delivery[]): Promise<unknown> =>
          Promise.race([Promise.all(deliveries.map(service.current().deliver)), settled()]);
        for (const step of steps) {
          if (step.kind === 'job') {
            if (step.event === 'play') byPeople.add(step.job);
            move(outside, step.event, step.job);
          } else if (step.kind === 'pause') await clock.advance(step.ms);
          else if (step.kind === 'restart') await service.restart();
          else if (step.kind === 'sweep')
            await Promise.race([service.current().engine.sweep.round(), settled()]);
          else if (step.kind === 'lost hook') late.push(gitlab.pipelineHook());
          else if (step.kind === 'late hook') await tell(...late.splice(0, 1));
          else
            await tell(gitlab.pipelineHook(), ...(step.kind === 'duplicates' ? [gitlab.pipelineHook()] : []));
          await settled();
        }
        // From here on jobs do what they should. Of the hooks only those come that are late.
        for (let round = 0; round < 6 + onPlay.length + onRead.length; round += 1) {
          await clock.advance(minute);
          await service.restart();
          await tell(...late);
          await service.rest();
          for (const job of jobs) move(outside, 'success', job);
        }
        await service.rest();

        const [pipeline] = gitlab.pipelines();
        const { state, played } = await service.current().find(id);
        const runs = pipeline?.jobs
          .filter(({ status }) => !['manual', 'created', 'skipped'].includes(status))
          .map(({ name }) => name);
        expect(runs).toEqual([...new Set(runs)]);
        for (const { name } of played) expect(names ?? ['approve', 'deploy', 'verify']).toContain(name);
        if (names?.includes('rollback') !== true && !byPeople.has('rollback'))
          expect(runs).not.toContain('rollback');
        // GitLab calls a pipeline `manual` even when it cannot succeed any more.
        const hasFailed = pipeline?.jobs.some(
          ({ status, allowFailure }) => status === 'failed' && !allowFailure,
        );
        expect(state).toMatchObject({
          kind: 'finished',
          outcome: hasFailed === true ? 'failed' : pipeline?.status,
        });
      },
    ),
    { numRuns: 150 },
  );
});
