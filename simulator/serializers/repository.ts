import type { CiPipeline } from '../engine/model.ts';
import { projectOf } from '../world/find.ts';
import type { Commit, Project } from '../world/project.ts';
import { isoDate } from './dates.ts';
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
  return {
    name,
    commit: serializeCommit(site, project, commit),
    merged: false,
    protected: name === defaultBranch,
    developers_can_push: false,
    developers_can_merge: false,
    can_push: true,
    default: name === defaultBranch,
    web_url: `${site.baseUrl}/${path}/-/tree/${name}`,
  };
}
