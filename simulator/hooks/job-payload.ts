import type { CiJob, CiPipeline } from '../engine/model.ts';
import type { Status } from '../engine/status.ts';
import { hookDate, isoSecond, secondsBetween } from '../serializers/dates.ts';
import { serializeHookUser, runner } from '../serializers/people.ts';
import { durationOf } from '../serializers/pipeline.ts';
import type { Site } from '../serializers/pipeline.ts';
import { namesOf, serializeHookProject } from '../serializers/project.ts';
import { projectOf } from '../world/find.ts';
import { sourcePipeline } from './pipeline-payload.ts';

/**
 * The body of a Job Hook. `status` is the one the job had when the hook fired; everything else is as it is now.
 * Source: GitLab lib/gitlab/data_builder/build.rb
 */
export function jobPayload(
  site: Site,
  pipeline: CiPipeline,
  job: CiJob,
  status: Status,
): Record<string, unknown> {
  const project = projectOf(site.world, pipeline);
  const { name, namespacePath } = namesOf(project);
  return {
    object_kind: 'build',
    ref: pipeline.ref,
    tag: pipeline.tag,
    before_sha: pipeline.beforeSha,
    sha: pipeline.sha,
    retries_count: job.attempt,
    ...build(job, status),
    pipeline_id: pipeline.id,
    runner: job.startedAt === null ? null : runner,
    project_id: pipeline.projectId,
    project_name: `${namespacePath.split('/').join(' / ')} / ${name}`,
    user: serializeHookUser(site.world, job.userName),
    commit: commit(site, pipeline),
    repository: repository(site, pipeline),
    project: serializeHookProject(site, project),
    environment: environmentOf(job),
    ...sourcePipeline(site, pipeline),
  };
}

/** Its tier is in Pipeline Hooks only. */
function environmentOf({ definition: { environment } }: CiJob): Record<string, unknown> | null {
  return environment === null ? null : { name: environment.name, action: environment.action };
}

function build(job: CiJob, status: Status): Record<string, unknown> {
  const { definition } = job;
  return {
    build_id: job.id,
    build_name: definition.name,
    build_stage: definition.stage,
    build_status: status,
    build_created_at: hookDate(job.createdAt),
    build_started_at: hookDate(job.startedAt),
    build_finished_at: hookDate(job.finishedAt),
    build_created_at_iso: isoSecond(job.createdAt),
    build_started_at_iso: isoSecond(job.startedAt),
    build_finished_at_iso: isoSecond(job.finishedAt),
    build_duration: secondsBetween(job.startedAt, job.finishedAt),
    build_queued_duration: secondsBetween(job.queuedAt, job.startedAt),
    build_allow_failure: definition.allowFailure,
    // GitLab gives a reason even where nothing failed.
    build_failure_reason: job.failureReason ?? 'unknown_failure',
  };
}

function commit({ world, baseUrl }: Site, pipeline: CiPipeline): Record<string, unknown> {
  const made = projectOf(world, pipeline).commits.get(pipeline.sha);
  return {
    id: pipeline.id,
    name: pipeline.name,
    sha: pipeline.sha,
    message: `${made?.title ?? ''}\n`,
    author_name: 'Simulator',
    author_email: 'simulator@example.com',
    author_url: `${baseUrl}/simulator`,
    status: pipeline.status,
    duration: durationOf(pipeline),
    started_at: hookDate(pipeline.startedAt),
    finished_at: hookDate(pipeline.finishedAt),
    started_at_iso: isoSecond(pipeline.startedAt),
    finished_at_iso: isoSecond(pipeline.finishedAt),
  };
}

function repository(site: Site, pipeline: CiPipeline): Record<string, unknown> {
  const project = serializeHookProject(site, projectOf(site.world, pipeline));
  const { name, web_url, description, git_ssh_url, git_http_url, visibility_level } = project;
  return {
    name,
    url: git_ssh_url,
    description,
    homepage: web_url,
    git_http_url,
    git_ssh_url,
    visibility_level,
  };
}
