import { dropJob, cancelJob, succeedJob } from '../engine/end-job.ts';
import type { EngineEvent, CiJob, CiPipeline } from '../engine/model.ts';
import type { Status } from '../engine/status.ts';
import { moveJob, settle } from '../engine/transition.ts';
import { jobScriptOf } from './job-script.ts';
import type { ScriptedRun } from './job-script.ts';
import type { World } from './world.ts';

/** Plays runner: jobs of pipelines with `autoRun` go from pending to running to their scripted end. */
export function runJobs(world: World): void {
  world.listen((event) => {
    if (event.kind !== 'job' || !event.pipeline.autoRun) return;
    if (event.job.definition.trigger === null || event.to === 'scheduled') next(world, event);
  });
}

type JobPayload = Extract<EngineEvent, { kind: 'job' }>;

type Step = {
  readonly ms: (script: ScriptedRun, job: CiJob) => number;
  readonly then: (world: World, pipeline: CiPipeline, job: CiJob) => void;
};

/** How long a job stays in a status by itself, and what it does then. */
const steps: Partial<Record<Status, Step>> = {
  scheduled: { ms: (_, job) => job.definition.startInMs, then: advanceTo('pending') },
  pending: { ms: ({ queueMs }) => queueMs, then: advanceTo('running') },
  running: { ms: ({ durationMs }) => durationMs, then: end },
  canceling: {
    ms: ({ cancelingMs }) => cancelingMs,
    then: ({ around }, pipeline, job) => cancelJob(around, pipeline, job),
  },
};

/** Takes the next step later, unless the job has moved on by then, or its pipeline is deleted. */
function next(world: World, { pipeline, job, to }: JobPayload): void {
  const step = steps[to];
  if (step === undefined) return;
  world.after(step.ms(jobScriptOf(world.scenario, pipeline, job), job) * world.pace, () => {
    const isCurrent = job.status === to && !job.retried && world.pipelines.has(pipeline.id);
    if (isCurrent) step.then(world, pipeline, job);
  });
}

function advanceTo(status: Status): Step['then'] {
  return ({ around }, pipeline, job) => {
    moveJob(around, pipeline, job, status);
    settle(around, pipeline);
  };
}

function end(world: World, pipeline: CiPipeline, job: CiJob): void {
  const { result, failureReason } = jobScriptOf(world.scenario, pipeline, job);
  if (result === 'success') succeedJob(world.around, pipeline, job);
  else if (result === 'failed') dropJob(world.around, pipeline, job, failureReason);
  else cancelJob(world.around, pipeline, job);
}
