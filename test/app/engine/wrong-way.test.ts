import { describe, expect, test } from 'vitest';
import type { GitLab } from '../../../src/app/ports/index.ts';
import { reasonOf as shownReason } from '../../../src/domain/trigger/finish.ts';
import { settled } from '../../fakes/fake-clock.ts';
import type { Interception } from '../../fakes/intercept.ts';
import { redirected, unresolved } from '../../fakes/failures.ts';
import { startEngine } from '../start-engine.ts';

const minute = 60_000;

type Call = 'retryPipeline' | 'cancelPipeline' | 'playJob';

/** Has a trigger come to a call that changes its pipeline. */
const comeTo: Record<Call, (engine: ReturnType<typeof startEngine>) => Promise<string>> = {
  async retryPipeline({ start, gitlab, hook, engine }) {
    const id = await start();
    gitlab.apply('drop', ['build']);
    await hook();
    await engine.steer.retry(id);
    return id;
  },
  async cancelPipeline({ start, engine }) {
    const id = await start();
    await engine.steer.cancel(id, 'ci');
    return id;
  },
  async playJob({ start, gitlab, hook }) {
    const id = await start({ project: 'group/manual', onManual: 'play' });
    gitlab.apply('success', ['build']);
    await hook();
    return id;
  },
};

describe.each([
  ['a redirect', redirected],
  ['a name that does not resolve', unresolved],
])('%s in the way of a call that changes a pipeline', (_what, trouble) => {
  /** Meets it for so long. */
  async function begin(call: Call, minutes: number) {
    const begun = startEngine();
    const { clock, gitlab } = begun;
    const until = clock.now() + minutes * minute;
    const inTheWay = Array.from({ length: 1_000 }, (): Interception => async (execute) => {
      if (clock.now() < until) throw trouble();
      return execute();
    });
    gitlab.next(call satisfies keyof GitLab, ...inTheWay);
    const id = (await comeTo[call](begun)) as Parameters<typeof begun.find>[0];
    await settled();
    await clock.advance(1);
    return { ...begun, id };
  }

  test.each<[Call]>([['retryPipeline'], ['cancelPipeline'], ['playJob']])(
    '%s: is shown, and set right within ten minutes costs nothing but time',
    async (call) => {
      const { id, find, clock, outcomeOf } = await begin(call, 8);
      expect(shownReason(await find(id))).toContain(trouble().message);
      await clock.advance(10 * minute);
      expect(['canceled', null]).toContain(await outcomeOf(id));
      const { retry, cancel, played, refusal } = await find(id);
      const progress = [retry, cancel, ...played].flatMap((wanted) => wanted?.progress ?? []);
      expect(progress.every((word) => word === 'done' || word === 'played')).toBe(true);
      expect(refusal).toBeNull();
    },
  );

  test.each<[Call]>([['retryPipeline'], ['cancelPipeline'], ['playJob']])(
    '%s: ends the trigger after ten minutes, and is not tried for ever',
    async (call) => {
      const { id, find, clock, outcomeOf, count } = await begin(call, 60);
      await clock.advance(12 * minute);
      expect([await outcomeOf(id), shownReason(await find(id))]).toEqual([
        'error',
        `GitLab does not show the pipeline: ${trouble().message}`,
      ]);
      const before = count(call);
      await clock.advance(10 * minute);
      if (call !== 'cancelPipeline') expect(count(call)).toBe(before);
    },
  );
});
