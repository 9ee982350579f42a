import { describe, expect, test } from 'vitest';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { failing, held } from '../../fakes/intercept.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { unreadable } from '../../fakes/failures.ts';
import { createOutside, startEngine } from '../start-engine.ts';

async function beginFailed(service = {}, secrets = {}) {
  const engine = startEngine(createOutside(), service);
  const id = await engine.start({}, secrets);
  engine.gitlab.apply('run', ['build']);
  engine.gitlab.apply('drop', ['build']);
  await engine.hook();
  return { ...engine, id, trigger: await engine.find(id) };
}

const tailsOf = ({ state }: Trigger) =>
  state.kind === 'finished' ? state.failedJobs.map(({ traceTail }) => traceTail) : null;

test('the ends of the logs are fetched, kept, and not fetched again', async () => {
  const { engine, trigger, find, id, count } = await beginFailed();
  expect(tailsOf(trigger)).toEqual([null]);
  const explained = await engine.explainFailure(trigger);
  expect(tailsOf(explained)).toEqual([expect.stringContaining('build')]);
  expect(await find(id)).toEqual(explained);
  expect(await engine.explainFailure(explained)).toBe(explained);
  expect(count('withTraces')).toBe(1);
});

test('ten thousand concurrent callers cause one read of the traces', async () => {
  const { engine, trigger, gitlab, count } = await beginFailed();
  const way = held('before');
  gitlab.next('withTraces', way.interception);
  const asked = Array.from({ length: 10_000 }, () => engine.explainFailure(trigger));
  await settled();
  way.release();
  const answers = await Promise.all(asked);
  expect(new Set(answers.map((answer) => String(tailsOf(answer)))).size).toBe(1);
  expect(count('withTraces')).toBe(1);
});

describe('is answered without them', () => {
  test('when GitLab does not give them, and asked for again the next time', async () => {
    const { engine, trigger, gitlab } = await beginFailed();
    gitlab.next('withTraces', failing(unreadable()));
    expect(await engine.explainFailure(trigger)).toBe(trigger);
    expect(tailsOf(await engine.explainFailure(trigger))).not.toEqual([null]);
  });

  test('without a token', async () => {
    const { engine, trigger, count } = await beginFailed({ apiToken: null });
    expect(await engine.explainFailure(trigger)).toEqual(trigger);
    expect(count('withTraces')).toBe(0);
  });

  test('where nothing failed', async () => {
    const { engine, start, find, count } = startEngine();
    const trigger = await find(await start());
    expect(await engine.explainFailure(trigger)).toBe(trigger);
    const refused = await find(await start({ ref: 'nope' }));
    expect(await engine.explainFailure(refused)).toBe(refused);
    expect(count('withTraces')).toBe(0);
  });
});
