import type { CiJob, CiPipeline } from '../engine/model.ts';
import { projectOf } from '../world/find.ts';
import type { Commit, Project } from '../world/project.ts';
import { protectionOf } from '../world/protected-refs.ts';
import { isoDate } from './dates.ts';
import { serializeUser } from './people.ts';
import { serializePipelineBasic } from './pipeline.ts';
import type { Site } from './pipeline.ts';

const author = { name: 'Simulator', email: 'simulator@example.com' };

/** A commit as jobs and branches show it. */
export function serializeCommit(
  { baseUrl }: Site,
  project: Project,
  commit: Commit,
): Record<string, unknown> {
  const date = isoDate(commit.createdAt);
  return {
    id: commit.sha,
    short_id: commit.sha.slice(0, 8),
    created_at: date,
    parent_ids: [],
    title: commit.title,
    message: `${commit.title}\n`,
    author_name: author.name,
    author_email: author.email,
    authored_date: date,
    committer_name: author.name,
    committer_email: author.email,
    committed_date: date,
    trailers: {},
    extended_trailers: {},
    web_url: `${baseUrl}/${project.scenario.path}/-/commit/${commit.sha}`,
  };
}

/** A commit in full: with the status of its last pipeline. */
export function serializeCommitDetail(site: Site, project: Project, commit: Commit): Record<string, unknown> {
  const last = project.pipelines.findLast(
    ({ sha, source }) => sha === commit.sha && source !== 'parent_pipeline',
  );
  return {
    ...serializeCommit(site, project, commit),
    stats: { additions: 1, deletions: 0, total: 1 },
    status: last?.status ?? null,
    project_id: project.scenario.id,
    last_pipeline: last === undefined ? null : serializePipelineBasic(site, last),
  };
}

/**
 * The statuses of a commit: of each job, and of what was posted. Source: GitLab lib/api/commit_statuses.rb
 */
export function serializeCommitStatus(site: Site, pipeline: CiPipeline, job: CiJob): Record<string, unknown> {
  const { definition } = job;
  return {
    id: job.id,
    sha: pipeline.sha,
    ref: pipeline.ref,
    status: job.status,
    name: definition.name,
    target_url: `${site.baseUrl}/${projectOf(site.world, pipeline).scenario.path}/-/jobs/${job.id}`,
    description: null,
    created_at: isoDate(job.createdAt),
    started_at: isoDate(job.startedAt),
    finished_at: isoDate(job.finishedAt),
    allow_failure: definition.allowFailure,
    coverage: null,
    pipeline_id: pipeline.id,
    author: serializeUser(site.world, site.baseUrl, job.userName),
  };
}

/** The commit a pipeline runs on. */
export function serializeCommitOf(site: Site, pipeline: CiPipeline): Record<string, unknown> | null {
  const project = projectOf(site.world, pipeline);
  const commit = project.commits.get(pipeline.sha);
  return commit === undefined ? null : serializeCommit(site, project, commit);
}

/** A branch of a project. */
export function serializeBranch(
  site: Site,
  project: Project,
  name: string,
  commit: Commit,
): Record<string, unknown> {
  const { path, defaultBranch } = project.scenario;
  const protection = protectionOf(project, name);
  return {
    name,
    commit: serializeCommit(site, project, commit),
    merged: false,
    protected: protection !== undefined,
    developers_can_push: protection?.allowedToPush === 'developer',
    developers_can_merge: protection?.allowedToMerge === 'developer',
    can_push: true,
    default: name === defaultBranch,
    web_url: `${site.baseUrl}/${path}/-/tree/${name}`,
  };
}
