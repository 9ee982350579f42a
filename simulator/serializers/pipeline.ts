import type { CiPipeline } from '../engine/model.ts';
import { projectOf } from '../world/find.ts';
import type { World } from '../world/world.ts';
import { isoDate, secondsBetween } from './dates.ts';
import { detailedStatus } from './detailed-status.ts';
import { serializeUser } from './people.ts';

/** Where the pages of this GitLab are: `baseUrl` has the relative URL root, and no slash at the end. */
export type Site = { readonly world: World; readonly baseUrl: string };

/** The page of a pipeline. */
export function pipelineUrl({ world, baseUrl }: Site, pipeline: CiPipeline): string {
  return `${baseUrl}/${projectOf(world, pipeline).scenario.path}/-/pipelines/${pipeline.id}`;
}

/** A pipeline as lists, jobs and commits show it. */
export function serializePipelineBasic(site: Site, pipeline: CiPipeline): Record<string, unknown> {
  return {
    id: pipeline.id,
    iid: pipeline.iid,
    project_id: pipeline.projectId,
    sha: pipeline.sha,
    ref: pipeline.ref,
    status: pipeline.status,
    source: pipeline.source,
    created_at: isoDate(pipeline.createdAt),
    updated_at: isoDate(pipeline.updatedAt),
    web_url: pipelineUrl(site, pipeline),
  };
}

/** A pipeline in full. */
export function serializePipeline(site: Site, pipeline: CiPipeline): Record<string, unknown> {
  const url = pipelineUrl(site, pipeline);
  return {
    ...serializePipelineBasic(site, pipeline),
    name: pipeline.name,
    before_sha: pipeline.beforeSha,
    tag: pipeline.tag,
    yaml_errors: pipeline.yamlErrors,
    user: serializeUser(site.world, site.baseUrl, pipeline.userName),
    started_at: isoDate(pipeline.startedAt),
    finished_at: isoDate(pipeline.finishedAt),
    committed_at: null,
    duration: durationOf(pipeline),
    queued_duration: queuedDurationOf(pipeline),
    coverage: null,
    detailed_status: detailedStatus(pipeline, new URL(url).pathname),
    archived: false,
  };
}

/** Whole seconds from start to end, null before the end. */
export function durationOf({ startedAt, finishedAt }: CiPipeline): number | null {
  const seconds = secondsBetween(startedAt, finishedAt);
  return seconds === null ? null : Math.floor(seconds);
}

/** Whole seconds from creation to start. */
export function queuedDurationOf({ createdAt, startedAt }: CiPipeline): number | null {
  const seconds = secondsBetween(createdAt, startedAt);
  return seconds === null ? null : Math.floor(seconds);
}
