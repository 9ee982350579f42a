import type { CiJob, CiPipeline } from '../engine/model.ts';
import { latestJobs } from '../engine/model.ts';
import { hookDate, isoSecond, secondsBetween } from '../serializers/dates.ts';
import { wordsFor } from '../serializers/detailed-status.ts';
import { serializeHookUser, runner } from '../serializers/people.ts';
import { durationOf, pipelineUrl, queuedDurationOf } from '../serializers/pipeline.ts';
import type { Site } from '../serializers/pipeline.ts';
import { serializeHookProject } from '../serializers/project.ts';
import { projectOf } from '../world/find.ts';
import { isProtected } from '../world/protected-refs.ts';

/** The body of a Pipeline Hook as it is now. Source: GitLab lib/gitlab/data_builder/pipeline.rb */
export function pipelinePayload(site: Site, pipeline: CiPipeline): Record<string, unknown> {
  const project = projectOf(site.world, pipeline);
  const jobs = latestJobs(pipeline).filter(({ definition }) => definition.trigger === null);
  return {
    object_kind: 'pipeline',
    object_attributes: attributes(site, pipeline),
    merge_request: null,
    user: serializeHookUser(site.world, pipeline.userName),
    project: serializeHookProject(site, project),
    commit: commitIn(site, pipeline),
    builds: jobs.map((job) => build(site, job)),
    ...sourcePipeline(site, pipeline),
  };
}

function attributes(site: Site, pipeline: CiPipeline): Record<string, unknown> {
  const project = projectOf(site.world, pipeline);
  const { defaultBranch } = project.scenario;
  return {
    id: pipeline.id,
    iid: pipeline.iid,
    name: pipeline.name,
    ref: pipeline.ref,
    tag: pipeline.tag,
    sha: pipeline.sha,
    before_sha: pipeline.beforeSha,
    source: pipeline.source,
    status: pipeline.status,
    detailed_status: wordsFor(pipeline).label,
    stages: pipeline.stages,
    created_at: hookDate(pipeline.createdAt),
    finished_at: hookDate(pipeline.finishedAt),
    duration: durationOf(pipeline),
    queued_duration: queuedDurationOf(pipeline),
    protected_ref: isProtected(project, pipeline),
    default_branch: pipeline.ref === defaultBranch,
    variables: pipeline.variables.map(({ key, value }) => ({ key, value })),
    url: pipelineUrl(site, pipeline),
  };
}

function build({ world }: Site, job: CiJob): Record<string, unknown> {
  const { definition } = job;
  return {
    id: job.id,
    stage: definition.stage,
    name: definition.name,
    status: job.status,
    created_at: hookDate(job.createdAt),
    started_at: hookDate(job.startedAt),
    finished_at: hookDate(job.finishedAt),
    duration: secondsBetween(job.startedAt, job.finishedAt),
    queued_duration: secondsBetween(job.queuedAt, job.startedAt),
    failure_reason: job.status === 'failed' ? (job.failureReason ?? 'unknown_failure') : null,
    when: definition.when,
    manual: definition.when === 'manual' || definition.when === 'delayed',
    allow_failure: definition.allowFailure,
    user: serializeHookUser(world, job.userName),
    runner: job.startedAt === null ? null : runner,
    artifacts_file: { filename: null, size: null },
    environment: environmentOf(job),
  };
}

function environmentOf({ definition: { environment } }: CiJob): Record<string, unknown> | null {
  if (environment === null) return null;
  const { name, action, tier } = environment;
  return { name, action, deployment_tier: tier };
}

function commitIn(site: Site, pipeline: CiPipeline): Record<string, unknown> | null {
  const project = projectOf(site.world, pipeline);
  const commit = project.commits.get(pipeline.sha);
  if (commit === undefined) return null;
  return {
    id: commit.sha,
    message: `${commit.title}\n`,
    title: commit.title,
    timestamp: isoSecond(commit.createdAt)?.replace('Z', '+00:00'),
    url: `${site.baseUrl}/${project.scenario.path}/-/commit/${commit.sha}`,
    author: { name: 'Simulator', email: 'simulator@example.com' },
  };
}

/** Where the pipeline was triggered from: only if that was another pipeline. */
export function sourcePipeline(site: Site, { upstream }: CiPipeline): Record<string, unknown> {
  const project = upstream === null ? undefined : site.world.projects.get(upstream.projectId);
  if (upstream === null || project === undefined) return {};
  const { id, path } = project.scenario;
  return {
    source_pipeline: {
      project: { id, web_url: `${site.baseUrl}/${path}`, path_with_namespace: path },
      pipeline_id: upstream.pipelineId,
      job_id: upstream.jobId,
    },
  };
}
