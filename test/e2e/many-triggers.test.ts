import { expect, test } from 'vitest';
import { install } from '../support/service-process.ts';

const kinds = [
  ['group/green', {}, 'success'],
  ['group/failing', {}, 'failed'],
  ['group/manual', { onManual: 'play' }, 'success'],
  ['group/skipped', {}, 'skipped'],
] as const;

test('200 triggers at once end as their pipelines do, each with one pipeline', async () => {
  const { simulator, trigger, finished } = await install();
  const wanted = Array.from({ length: 50 }, () => kinds).flat();
  const ended = await Promise.all(
    wanted.map(async ([project, more]) => {
      const { id } = await trigger({ project, ref: 'main', ...more });
      return finished(id);
    }),
  );
  expect(ended.map(({ project, outcome }) => [project, outcome])).toEqual(
    wanted.map(([project, , outcome]) => [project, outcome]),
  );
  expect(new Set(ended.map(({ pipelineId }) => pipelineId)).size).toBe(200);
  for (const [project] of kinds) expect(simulator.pipelines(project)).toHaveLength(50);
  for (const { jobs } of simulator.pipelines('group/manual'))
    expect(jobs.filter(({ name }) => name === 'deploy')).toHaveLength(1);
}, 120_000);
