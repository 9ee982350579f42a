import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Outcome, TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { outcomeOf } from '../../fakes/triggers.ts';
import { documentedHistories } from '../../support/histories/documented.ts';
import type { History, Moment } from '../../support/histories/history.ts';
import { historyFile, historyToText, recordedHistories } from '../../support/histories/history.ts';
import { isLong } from '../../support/long.ts';
import type { Step, Tally } from '../triggers/history-steps.ts';
import { anySteps, anyStepsWithJumps, liveThrough } from '../triggers/history-steps.ts';
import { makeEmptyDatabase, openDisk } from '../open-disk.ts';
import type { Replay, Stores } from '../deliveries/replay-history.ts';
import { startReplay } from '../deliveries/replay-history.ts';

const numRuns = isLong ? 50_000 : 1_000;
const timeout = isLong ? 3_600_000 : 180_000;

/** A history, and what the trigger asks for that lives through it. */
interface Case {
  readonly history: History;
  readonly request: History['request'];
}

/** How a trigger has to end by what GitLab shows, worked out without the rules of the product; null: not yet. */
function verdict({ reading }: Moment, { onManual }: Pick<TriggerRequest, 'onManual'>): Outcome | null {
  const { status, jobs } = reading;
  const isLost = jobs.some((job) => job.status === 'failed' && !job.allowFailure);
  if (status === 'manual' && isLost) return 'failed';
  if (status === 'manual') return { fail: 'manual', pass: 'manual_passed', play: null }[onManual] as Outcome;
  return ['success', 'failed', 'canceled', 'skipped'].includes(status) ? (status as Outcome) : null;
}

/** Where a history comes to a stand when the trigger has no part in it. */
const standstill = ({ moments }: History): Moment | undefined =>
  moments[moments.findIndex(({ opening }) => opening?.who === 'we') - 1];

/** Each history as it was recorded, and those with manual jobs once more for triggers that do not play them. */
const cases: readonly Case[] = [...recordedHistories, ...documentedHistories].flatMap((history) => {
  const { request } = history;
  const others = (['fail', 'pass'] as const).map((onManual) => ({ ...request, onManual, jobs: null }));
  const stop = standstill(history);
  const stopping = others.filter((other) => stop !== undefined && verdict(stop, other) !== null);
  return [request, ...(request.retry ? [] : stopping)].map((asked) => ({ history, request: asked }));
});

const anyCase = fc.constantFrom(...cases).map((value) => ({
  ...value,
  [fc.toStringMethod]: () => `${value.history.name}, ${JSON.stringify(value.request)}`,
}));

/** A pipeline to retry has come to its end before anybody asks. */
const beginningOf = ({ moments }: History): number =>
  Math.max(moments.findIndex(({ opening }) => opening?.who === 'we' && opening.played === null) - 1, 0);

/** How a trigger may end: as GitLab ends, and where a person reopened an end, as GitLab stood before. */
function mayEndAs({ history, request }: Case, { gitlab }: Replay): readonly (Outcome | null)[] {
  const end = verdict(gitlab.now(), request);
  const isReopened = history.moments.some(({ opening }) => opening?.who === 'person');
  const isStopped =
    request.onManual !== 'play' && history.moments.some(({ reading }) => reading.status === 'manual');
  const knewNoMore = gitlab.answers.every((answer) => answer === gitlab.now().reading);
  if (!isReopened || (knewNoMore && !isStopped)) return [end];
  return [end, ...history.moments.map((moment) => verdict(moment, request)).filter((each) => each !== null)];
}

/** GitLab is asked when something asks for it, and no more often. */
function mostReads({ accepted, sweeps, replays, restarts }: Tally, { gitlab }: Replay): number {
  const plays = gitlab.calls.filter((name) => name === 'playJob').length;
  return accepted + sweeps + replays + restarts * (accepted + 1) + 2 * plays + 2;
}

const count = ({ gitlab }: Replay, method: string): number =>
  gitlab.calls.filter((name) => name === method).length;

/** Lives through a history, and looks whether the trigger ends as it should, once and for all. */
async function check(
  { history, request }: Case,
  steps: readonly Step[],
  options: { readonly stores?: Stores; readonly rest?: () => Promise<void> } = {},
): Promise<void> {
  const created = Promise.withResolvers<undefined>();
  const replay = startReplay(history, {
    ...options,
    request,
    startAt: request.retry ? beginningOf(history) : 0,
    whenCreated: created.promise,
  });
  const life = liveThrough(replay, () => created.resolve(undefined));
  await replay.begin();
  for (const step of steps) await life.take(step);
  await life.end();

  const ended = await replay.find();
  expect(mayEndAs({ history, request }, replay)).toContain(outcomeOf(ended));
  expect(replay.gitlab.surprises).toEqual([]);
  expect(count(replay, 'createPipeline')).toBe(request.retry ? 0 : 1);
  expect(count(replay, 'retryPipeline')).toBe(request.retry ? 1 : 0);
  expect(count(replay, 'readPipeline')).toBeLessThanOrEqual(mostReads(life.tally, replay));

  const timeline = await replay.timeline();
  const asked = replay.gitlab.calls.length;
  await life.repeatEverything();
  await replay.sweep();
  expect([await replay.find(), replay.gitlab.calls.length]).toEqual([ended, asked]);
  expect(await replay.timeline()).toEqual(timeline);
}

test('there is a history for each way that a pipeline can end, and each has hooks', () => {
  const ends = cases.map(({ history, request }) => verdict(history.moments.at(-1) as Moment, request));
  expect(new Set(ends)).toEqual(new Set(['success', 'failed', 'canceled', 'skipped']));
  const stops = cases.flatMap(({ history, request }) => {
    const stop = standstill(history);
    return stop === undefined ? [] : [verdict(stop, request)];
  });
  expect(stops).toEqual(expect.arrayContaining(['manual', 'manual_passed']));
  for (const { history } of cases)
    expect(history.moments.flatMap(({ hooks }) => hooks).length).toBeGreaterThan(0);
});

test.each(recordedHistories.map((history) => [history.name, history] as const))(
  'the history %s is written as it is read',
  (name, history) => {
    expect(historyToText(history)).toBe(readFileSync(historyFile(name), 'utf8'));
  },
);

describe('whatever of the hooks comes, in whatever order, however often and however late', () => {
  test(
    'one sweep ends the trigger where GitLab ends, and no repetition has an effect',
    () =>
      fc.assert(
        fc.asyncProperty(anyCase, anySteps, (each, steps) => check(each, steps)),
        { numRuns },
      ),
    timeout,
  );

  test(
    'also on a disk',
    async () => {
      const empty = await makeEmptyDatabase();
      onTestFinished(empty.remove);
      const property = fc.asyncProperty(anyCase, anyStepsWithJumps, async (each, steps) => {
        const disk = await openDisk(empty);
        try {
          await check(each, steps, disk);
        } finally {
          await disk.close();
        }
      });
      await fc.assert(property, { numRuns: isLong ? 500 : 10 });
    },
    timeout,
  );

  test(
    'also when the service is killed again and again, and the time of day is set meanwhile',
    () =>
      fc.assert(
        fc.asyncProperty(anyCase, anyStepsWithJumps, (each, steps) => check(each, steps)),
        { numRuns },
      ),
    timeout,
  );
});
