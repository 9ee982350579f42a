import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { applyEvent } from '../../../simulator/engine/apply-event.ts';
import type { JobEvent } from '../../../simulator/engine/apply-event.ts';
import { latestJobs } from '../../../simulator/engine/model.ts';
import type { CiPipeline } from '../../../simulator/engine/model.ts';
import { settle } from '../../../simulator/engine/transition.ts';
import { pipelineFrom, surroundings } from './pipeline-from.ts';

type Expectation = {
  readonly pipeline: string;
  readonly stages: Record<string, string>;
  readonly jobs: Record<string, string>;
};
type Case = {
  readonly config: unknown;
  readonly init: { readonly expect: Expectation };
  readonly transitions: readonly { event: JobEvent; jobs?: string[]; expect: Expectation }[];
};

const folder = new URL('../../fixtures/pipeline_processing/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.yml'));

function seen(pipeline: CiPipeline): Expectation {
  return {
    pipeline: pipeline.status,
    stages: Object.fromEntries(pipeline.stageStatuses),
    jobs: Object.fromEntries(latestJobs(pipeline).map((job) => [job.definition.name, job.status])),
  };
}

describe("GitLab's own pipeline processing cases", () => {
  test('are all there', () => {
    expect(files).toHaveLength(48);
  });

  test.each(files)('%s', (file) => {
    const { config, init, transitions } = parse(readFileSync(new URL(file, folder), 'utf8')) as Case;
    const around = surroundings();
    const pipeline = pipelineFrom(config, around);
    settle(around, pipeline);
    expect(seen(pipeline), 'at the start').toEqual(init.expect);
    for (const { event, jobs, expect: expected } of transitions) {
      applyEvent(around, pipeline, event, jobs);
      expect(seen(pipeline), `after ${event} of ${jobs?.join(', ') ?? 'the pipeline'}`).toEqual(expected);
    }
  });
});
