import { describe, expect, test } from 'vitest';
import { createTestHook } from '../../../src/app/project-hooks/test-hook.ts';
import type { HookId } from '../../../src/domain/project-hooks/project-hook.ts';
import { gone, refusal, tooManyRequests, unreachable } from '../../fakes/failures.ts';
import { app } from './start-hooks.ts';

const id = 7 as HookId;

/** @param answers of GitLab to each test call in turn; null: it delivered the sample */
function begin(answers: readonly (Error | null)[], waits: readonly number[] = []) {
  const asked: string[] = [];
  const paced: string[] = [];
  const testHook = createTestHook({
    gitlab: () => ({
      testHook: (project, hook, event) => {
        const error = answers[asked.length] ?? null;
        asked.push(`${project} ${hook} ${event}`);
        return error === null ? Promise.resolve() : Promise.reject(error);
      },
    }),
    quota: (what) => waits[paced.push(what) - 1] ?? 0,
  });
  return { asked, paced, test: () => testHook(app, id) };
}

const pipelineSample = `${app} 7 pipeline_events`;
const pushSample = `${app} 7 push_events`;

describe('a hook is tested', () => {
  test('by a pipeline first; when that passes by nothing else', async () => {
    const { asked, paced, test: run } = begin([null]);
    expect(await run()).toEqual({ outcome: 'passed', words: null });
    expect(asked).toEqual([pipelineSample]);
    expect(paced).toEqual([`test ${app}`]);
  });

  test('by a push where GitLab has no pipeline to make a sample of', async () => {
    const { asked, test: run } = begin([refusal('Ensure the project has CI jobs'), null]);
    expect(await run()).toEqual({ outcome: 'passed', words: null });
    expect(asked).toEqual([pipelineSample, pushSample]);
  });

  test('and fails when both are refused, with the words of each, the same once', async () => {
    const answer = JSON.stringify({ detail: 'the secret token is wrong' });
    expect(await begin([refusal('no pipeline'), refusal(answer)]).test()).toEqual({
      outcome: 'failed',
      words: 'no pipeline; the receiver answers: the secret token is wrong',
    });
    expect(await begin([refusal('401'), refusal('401')]).test()).toEqual({ outcome: 'failed', words: '401' });
  });

  test('later where the limit has no room, before the first sample or before the second', async () => {
    const before = begin([], [1_001]);
    expect(await before.test()).toMatchObject({
      outcome: 'not_tested',
      words: expect.stringContaining('again in 2 seconds') as string,
    });
    expect(before.asked).toEqual([]);
    const between = begin([refusal('no pipeline')], [0, 60_000]);
    expect(await between.test()).toMatchObject({ outcome: 'not_tested' });
    expect(between.asked).toEqual([pipelineSample]);
  });

  test('later where GitLab says so', async () => {
    const { asked, test: run } = begin([tooManyRequests(30_000)]);
    expect(await run()).toMatchObject({ words: expect.stringContaining('again in 30 seconds') as string });
    expect(asked).toEqual([pipelineSample]);
  });

  test.each([unreachable(), gone()])(
    'not at all where GitLab is away or has no such hook: %s',
    async (error) => {
      const { asked, test: run } = begin([error]);
      await expect(run()).rejects.toBe(error);
      expect(asked).toEqual([pipelineSample]);
    },
  );
});
