import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEvent } from '../../../simulator/engine/apply-event.ts';
import type { JobEvent } from '../../../simulator/engine/apply-event.ts';
import { compositeStatus } from '../../../simulator/engine/composite.ts';
import { latestJobs } from '../../../simulator/engine/model.ts';
import type { CiJob, CiPipeline } from '../../../simulator/engine/model.ts';
import { processPipeline } from '../../../simulator/engine/process.ts';
import { isPlayable, isRetryable } from '../../../simulator/engine/requeue.ts';
import type { Status } from '../../../simulator/engine/status.ts';
import { settle } from '../../../simulator/engine/transition.ts';
import { pipelineFrom, surroundings } from './pipeline-from.ts';

const names = ['a', 'b', 'c', 'd'];
const stages = ['build', 'build', 'test', 'deploy'];

const someJob = fc.record(
  {
    when: fc.constantFrom('on_success', 'on_failure', 'always', 'manual'),
    allow_failure: fc.boolean(),
    retry: fc.constantFrom(0, 1),
    needsPrevious: fc.boolean(),
  },
  { requiredKeys: [] },
);

const someConfig = fc.array(someJob, { minLength: 4, maxLength: 4 }).map((jobs): Record<string, unknown> =>
  Object.fromEntries(
    jobs.map(({ needsPrevious = false, ...job }, index) => {
      const needs = needsPrevious && index > 0 ? { needs: [names[index - 1]] } : {};
      return [names[index] ?? '', { ...job, ...needs, script: 'true', stage: stages[index] }];
    }),
  ),
);

const someStep = fc.record({
  event: fc.constantFrom<JobEvent>('run', 'success', 'drop', 'cancel', 'play', 'retry'),
  name: fc.constantFrom(...names),
});

/** Applies an event only where GitLab would. */
function applyIfPossible(
  around: ReturnType<typeof surroundings>,
  pipeline: CiPipeline,
  { event, name }: { event: JobEvent; name: string },
): void {
  const job = latestJobs(pipeline).find(({ definition }) => definition.name === name);
  if (job === undefined) return;
  if (event === 'play' && !isPlayable(job)) return;
  if (event === 'retry' && !isRetryable(job)) return;
  if (event === 'run' && job.status !== 'pending') return;
  if ((event === 'success' || event === 'drop') && job.status !== 'running') return;
  applyEvent(around, pipeline, event, [name]);
}

function compositeOf(jobs: readonly CiJob[]): Status {
  return compositeStatus(
    jobs.map(({ status, definition }) => ({ status, allowFailure: definition.allowFailure })),
  );
}

test('whatever happens, pipeline and stages say what their jobs add up to, and nothing is left to process', () => {
  fc.assert(
    fc.property(someConfig, fc.array(someStep, { maxLength: 25 }), (config, steps) => {
      const around = surroundings();
      const pipeline = pipelineFrom(config, around);
      settle(around, pipeline);
      for (const step of steps) {
        const stagesBefore = new Map(pipeline.stageStatuses);
        applyIfPossible(around, pipeline, step);
        const jobs = latestJobs(pipeline);
        const sum = compositeOf(jobs);
        expect([
          sum,
          sum === 'pending' ? 'running' : sum,
          sum === 'created' ? pipeline.status : sum,
        ]).toContain(pipeline.status);
        for (const [stage, before] of stagesBefore) {
          const inStage = compositeOf(jobs.filter(({ definition }) => definition.stage === stage));
          expect(pipeline.stageStatuses.get(stage)).toBe(inStage === 'created' ? before : inStage);
        }
        expect(processPipeline(pipeline).jobs).toEqual([]);
        expect(jobs.map(({ definition }) => definition.name).sort()).toEqual(names);
        expect(new Set(pipeline.jobs.map(({ id }) => id)).size).toBe(pipeline.jobs.length);
      }
    }),
    { numRuns: 200 },
  );
});
