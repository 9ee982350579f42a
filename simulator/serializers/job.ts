import type { CiJob, CiPipeline } from '../engine/model.ts';
import { projectOf } from '../world/find.ts';
import { artifactsOf, listedArtifacts } from '../world/job-artifacts.ts';
import { isoDate, secondsBetween } from './dates.ts';
import { serializeUser, runner } from './people.ts';
import { serializePipelineBasic } from './pipeline.ts';
import type { Site } from './pipeline.ts';
import { serializeCommitOf } from './repository.ts';

/** A job as the API shows it. */
export function serializeJob(site: Site, pipeline: CiPipeline, job: CiJob): Record<string, unknown> {
  return {
    ...presentCommon(site, pipeline, job),
    artifacts: listedArtifacts(artifactsOf(site.world.scenario, pipeline, job)),
    artifacts_expire_at: null,
    artifacts_file: null,
    runner: job.startedAt === null ? null : runner,
    runner_manager: null,
    tag_list: runner.tags,
  };
}

/** A bridge as the API shows it, with the pipeline it started. */
export function serializeBridge(site: Site, pipeline: CiPipeline, job: CiJob): Record<string, unknown> {
  const downstream = site.world.pipelines.get(job.downstreamId ?? 0);
  return {
    ...presentCommon(site, pipeline, job),
    downstream_pipeline: downstream === undefined ? null : serializePipelineBasic(site, downstream),
  };
}

function presentCommon(site: Site, pipeline: CiPipeline, job: CiJob): Record<string, unknown> {
  const { definition } = job;
  const project = projectOf(site.world, pipeline);
  return {
    id: job.id,
    status: job.status,
    stage: definition.stage,
    name: definition.name,
    ref: pipeline.ref,
    tag: pipeline.tag,
    coverage: null,
    allow_failure: definition.allowFailure,
    created_at: isoDate(job.createdAt),
    started_at: isoDate(job.startedAt),
    finished_at: isoDate(job.finishedAt),
    erased_at: null,
    duration: secondsBetween(job.startedAt, job.finishedAt),
    queued_duration: secondsBetween(job.queuedAt, job.startedAt),
    user: serializeUser(site.world, site.baseUrl, job.userName),
    commit: serializeCommitOf(site, pipeline),
    pipeline: serializePipelineBasic(site, pipeline),
    web_url: `${site.baseUrl}/${project.scenario.path}/-/jobs/${job.id}`,
    project: { ci_job_token_scope_enabled: false },
    archived: false,
    ...(job.status === 'failed' ? { failure_reason: job.failureReason ?? 'unknown_failure' } : {}),
  };
}
