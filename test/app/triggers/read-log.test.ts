import { expect, test } from 'vitest';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { failing } from '../../fakes/intercept.ts';
import { gone, unreadable } from '../../fakes/failures.ts';
import { textOf } from '../../support/streams.ts';
import { createOutside, startEngine } from '../start-engine.ts';

async function begin(service = {}) {
  const engine = startEngine(createOutside(), service);
  const id = await engine.start();
  engine.gitlab.apply('run', ['build']);
  engine.gitlab.apply('success', ['build']);
  engine.gitlab.apply('run', ['unit']);
  engine.gitlab.apply('drop', ['unit']);
  const logs = async (failedOnly: boolean, of: TriggerId = id) => {
    const read: [string, string][] = [];
    for await (const { job, trace } of engine.engine.readLog(await engine.find(of), { failedOnly }))
      read.push([job.name, await textOf(trace)]);
    return read;
  };
  return { ...engine, logs };
}

test('the logs of all jobs, in pipeline order', async () => {
  const { logs } = await begin();
  expect(await logs(false)).toEqual([
    ['build', expect.stringContaining('build') as string],
    ['unit', expect.stringContaining('unit') as string],
  ]);
});

test('of the failed jobs only', async () => {
  const { logs, count } = await begin();
  expect((await logs(true)).map(([name]) => name)).toEqual(['unit']);
  expect(count('readTrace')).toBe(1);
});

test('a job without a log has an empty one', async () => {
  const { logs, gitlab } = await begin();
  gitlab.next('readTrace', failing(gone()));
  expect(await logs(true)).toEqual([['unit', '']]);
});

test('GitLab is away', async () => {
  const { logs, gitlab } = await begin();
  gitlab.next('readTrace', failing(unreadable()));
  await expect(logs(true)).rejects.toMatchObject({ code: 'gitlab_unavailable' });
});

test('there is no token to read them with', async () => {
  const { logs } = await begin({ apiToken: null });
  await expect(logs(false)).rejects.toMatchObject({ code: 'gitlab_refused' });
});

test('there is no pipeline, and so no log', async () => {
  const { logs, start } = await begin();
  expect(await logs(false, await start({ ref: 'nope' }))).toEqual([]);
});
