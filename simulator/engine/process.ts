import { compositeStatus, statusOfNeeds } from './composite.ts';
import { nextPipelineStatus, nextStageStatus } from './machine.ts';
import type { CiJob, CiPipeline, When } from './model.ts';
import { latestJobs } from './model.ts';
import { orderByNeeds } from './order-by-needs.ts';
import { completed } from './status.ts';
import type { Status } from './status.ts';

/** What one pass over a pipeline changes. */
export type Processing = {
  readonly jobs: readonly { readonly job: CiJob; readonly to: Status }[];
  readonly stages: ReadonlyMap<string, Status>;
  readonly pipeline: Status;
};

type Counted = { readonly job: CiJob; status: Status; readonly allowFailure: boolean };

/** With which status of what came before a job starts; with any other completed one it is skipped. */
const startsAfter: Record<When, readonly Status[]> = {
  on_success: ['success', 'skipped'],
  manual: ['success', 'skipped'],
  delayed: ['success', 'skipped'],
  on_failure: ['failed'],
  always: ['success', 'failed', 'skipped'],
  never: [],
};

/**
 * Decides, stage by stage, what becomes of the jobs in `created`, then what the stages and the pipeline add up to.
 * Source: GitLab app/services/ci/pipeline_processing/atomic_processing_service.rb, ci/process_build_service.rb
 */
export function processPipeline(pipeline: CiPipeline): Processing {
  const counted = latestJobs(pipeline).map(count);
  // In a stage of their own behind all others, which waits for nothing and which nothing waits for.
  const external = (pipeline.commitStatuses ?? [])
    .filter(({ retried }) => !retried)
    .map(({ status }) => ({ status, allowFailure: false }));
  const stages = new Map<string, Status>();
  const changed: Counted[] = [];
  pipeline.stages.forEach((stage, index) => {
    const inStage = counted.filter(({ job }) => job.stageIndex === index);
    for (const each of createdInOrder(inStage)) {
      const to = statusAfterPrevious(each, counted);
      if (to === null) continue;
      each.status = to;
      changed.push(each);
    }
    const current = pipeline.stageStatuses.get(stage) ?? 'created';
    stages.set(stage, nextStageStatus(current, compositeStatus(inStage)));
  });
  return {
    jobs: changed.map(({ job, status }) => ({ job, to: status })),
    stages,
    pipeline: nextPipelineStatus(pipeline.status, compositeStatus([...counted, ...external])),
  };
}

function count(job: CiJob): Counted {
  return { job, status: job.status, allowFailure: job.definition.allowFailure };
}

function createdInOrder(inStage: readonly Counted[]): Counted[] {
  const created = inStage.filter(({ status }) => status === 'created');
  const named = created.map((each) => {
    const { name, needs } = each.job.definition;
    return { name, needs: needs ?? [], each };
  });
  return orderByNeeds(named).map(({ each }) => each);
}

function statusAfterPrevious({ job }: Counted, all: readonly Counted[]): Status | null {
  const { needs, when } = job.definition;
  const previous =
    needs === null
      ? compositeStatus(all.filter((other) => other.job.stageIndex < job.stageIndex))
      : statusOfNeeds(all.filter((other) => needs.includes(other.job.definition.name)));
  if (!completed.has(previous)) return null;
  return mayStart(when, needs !== null, previous) ? startOf(job) : 'skipped';
}

/** A job with `needs` does not run on skipped ones, one without runs after a skipped stage. */
function mayStart(when: When, hasNeeds: boolean, previous: Status): boolean {
  const runsAfterSkipped = !hasNeeds || when === 'always';
  return startsAfter[when].includes(previous) && (previous !== 'skipped' || runsAfterSkipped);
}

function startOf(job: CiJob): Status {
  if (job.enqueueImmediately) return 'pending';
  if (job.definition.when === 'delayed') return 'scheduled';
  return job.definition.when === 'manual' ? 'manual' : 'pending';
}
