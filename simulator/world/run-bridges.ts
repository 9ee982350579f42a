import { cancelPipeline, dropJob } from '../engine/end-job.ts';
import type { EngineEvent, CiJob, CiPipeline, TriggerDefinition } from '../engine/model.ts';
import { reopenBridge } from '../engine/requeue.ts';
import { completed } from '../engine/status.ts';
import type { Status } from '../engine/status.ts';
import { moveJob, settle } from '../engine/transition.ts';
import { createPipeline } from './create-pipeline.ts';
import type { Creation } from './create-pipeline.ts';
import { findProject } from './find.ts';
import type { World } from './world.ts';

/** Starts the pipelines of bridges, and keeps bridges and the pipelines they started in step. */
export function runBridges(world: World): void {
  world.listen((event) => {
    if (event.kind === 'pipeline') followDownstream(world, event.pipeline);
    else if (event.job.definition.trigger !== null) followBridge(world, event, event.job.definition.trigger);
  });
}

type JobPayload = Extract<EngineEvent, { kind: 'job' }>;

function followBridge(world: World, { pipeline, job, to }: JobPayload, trigger: TriggerDefinition): void {
  if (to === 'pending' && job.downstreamId === null) world.act(() => start(world, pipeline, job, trigger));
  if (to !== 'canceled' || job.downstreamId === null || trigger.strategy === null) return;
  const downstream = world.pipelines.get(job.downstreamId);
  // Only children follow: another project's pipeline goes on when its bridge is canceled.
  if (downstream?.projectId !== pipeline.projectId) return;
  world.act(() => cancelPipeline(world.around, downstream));
}

function start(world: World, pipeline: CiPipeline, bridge: CiJob, trigger: TriggerDefinition): void {
  const creation = createDownstream(world, pipeline, bridge, trigger);
  if (creation.kind !== 'created') {
    dropJob(world.around, pipeline, bridge, 'downstream_pipeline_creation_failed');
    return;
  }
  bridge.downstreamId = creation.pipeline.id;
  moveJob(world.around, pipeline, bridge, trigger.strategy === null ? 'success' : 'running');
  settle(world.around, pipeline);
}

function createDownstream(
  world: World,
  upstream: CiPipeline,
  bridge: CiJob,
  trigger: TriggerDefinition,
): Creation {
  const own = world.projects.get(upstream.projectId);
  const project = trigger.project === null ? own : findProject(world, trigger.project);
  if (own === undefined || project === undefined) return { kind: 'refused', errors: ['Project not found'] };
  const isChild = project === own && trigger.project === null;
  return createPipeline(world, {
    project,
    ref: isChild ? upstream.ref : (trigger.branch ?? project.scenario.defaultBranch),
    source: isChild ? 'parent_pipeline' : 'pipeline',
    userName: upstream.userName,
    variables: bridge.definition.variables,
    config: isChild ? (own.scenario.includes[trigger.include ?? ''] ?? null) : undefined,
    upstream: { projectId: upstream.projectId, pipelineId: upstream.id, jobId: bridge.id, byBridge: true },
    keepsBroken: false,
  });
}

/** How a bridge with a strategy ends. Source: GitLab app/models/ci/bridge.rb */
const endOfBridge: Partial<Record<Status, Status>> = {
  success: 'success',
  canceled: 'canceled',
  failed: 'failed',
  skipped: 'failed',
};

function followDownstream(world: World, downstream: CiPipeline): void {
  const { upstream } = downstream;
  if (upstream === null || !upstream.byBridge) return;
  const pipeline = world.pipelines.get(upstream.pipelineId);
  const bridge = pipeline?.jobs.find(({ id }) => id === upstream.jobId);
  const strategy = bridge?.definition.trigger?.strategy ?? null;
  if (pipeline === undefined || bridge === undefined || bridge.retried || strategy === null) return;
  // Canceled, a pipeline stays `manual` where a job waits to be played: nobody has set it going again.
  if (bridge.status === 'canceled' && downstream.status === 'manual') return;
  world.act(() => {
    const to = endOfBridge[downstream.status] ?? (strategy === 'mirror' ? downstream.status : undefined);
    if (completed.has(bridge.status) && !completed.has(downstream.status)) {
      reopenBridge(world.around, pipeline, bridge);
    }
    if (to === undefined || to === 'created' || to === bridge.status) return;
    if (to === 'failed') {
      dropJob(world.around, pipeline, bridge, 'unknown_failure');
      return;
    }
    moveJob(world.around, pipeline, bridge, to);
    settle(world.around, pipeline);
  });
}
