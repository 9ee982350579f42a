import { expect, test } from 'vitest';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createTriggerIdCache } from '../../../src/gitlab/rest/trigger-id-cache.ts';

const ours = 'trg_ours' as TriggerId;

test('each pipeline of an instance is asked once, whether it carries an id or not', async () => {
  const cachedIdOf = createTriggerIdCache();
  const asked: string[] = [];
  const look = (url: string, pipelineId: number, answer: TriggerId | null) =>
    cachedIdOf(url)(pipelineId, () => {
      asked.push(`${url} ${pipelineId}`);
      return Promise.resolve(answer);
    });
  for (let times = 0; times < 3; times += 1) {
    expect(await look('https://one', 1, ours)).toBe(ours);
    expect(await look('https://one', 2, null)).toBeNull();
    expect(await look('https://two', 1, null)).toBeNull();
  }
  expect(asked).toEqual(['https://one 1', 'https://one 2', 'https://two 1']);
});

test('a pipeline that could not be asked is asked again', async () => {
  const triggerIdCache = createTriggerIdCache()('https://one');
  await expect(triggerIdCache(1, () => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  expect(await triggerIdCache(1, () => Promise.resolve(ours))).toBe(ours);
});

test('of very many the oldest are forgotten', async () => {
  const triggerIdCache = createTriggerIdCache()('https://one');
  let asked = 0;
  const read = () => Promise.resolve(((asked += 1), null));
  for (let id = 1; id <= 10_001; id += 1) await triggerIdCache(id, read);
  await triggerIdCache(10_001, read);
  expect(asked).toBe(10_001);
  await triggerIdCache(1, read);
  expect(asked).toBe(10_002);
});
