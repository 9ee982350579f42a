import { expect, test } from 'vitest';
import { triggerIdVariable } from '../../src/domain/ids.ts';
import { isLong } from '../support/long.ts';
import { faultPlans } from '../support/fault-injection.ts';

const kinds = [
  ['group/green', {}, 'success'],
  ['group/failing', {}, 'failed'],
  ['group/manual', { onManual: 'play' }, 'success'],
  ['group/skipped', {}, 'skipped'],
] as const;

test.each(faultPlans)(
  '$name: many concurrent triggers end as their pipelines do, each with one pipeline',
  async ({ begin, isCalm }) => {
    const { simulator, trigger, finished } = await begin();
    const wanted = Array.from({ length: isCalm ? 50 : isLong ? 24 : 12 }, () => kinds).flat();
    const ended = await Promise.all(
      wanted.map(async ([project, more]) => {
        const { id } = await trigger({ project, ref: 'main', ...more });
        return finished(id);
      }),
    );
    expect(ended.map(({ project, outcome }) => [project, outcome])).toEqual(
      wanted.map(([project, , outcome]) => [project, outcome]),
    );
    expect(new Set(ended.map(({ pipelineId }) => pipelineId)).size).toBe(wanted.length);
    const made = kinds.flatMap(([project]) => simulator.pipelines(project));
    const carried = made.map(({ variables }) => variables[triggerIdVariable]);
    expect(carried.toSorted()).toEqual(ended.map(({ id }) => id).toSorted());
    for (const { jobs } of simulator.pipelines('group/manual'))
      expect(jobs.filter(({ name }) => name === 'deploy')).toHaveLength(1);
  },
  300_000,
);
