import type { CiPipeline } from '../engine/model.ts';
import { completed, statuses } from '../engine/status.ts';
import type { Project } from '../world/project.ts';
import type { Call } from './call.ts';
import { flagOf, textOf } from './read-pipeline-input.ts';
import { refuseInput } from './reply.ts';

type Filter = (value: string, project: Project) => (pipeline: CiPipeline) => boolean;

const scopes: Readonly<Record<string, (pipeline: CiPipeline, project: Project) => boolean>> = {
  running: ({ status }) => status === 'running',
  pending: ({ status }) => status === 'pending',
  finished: ({ status }) => completed.has(status),
  branches: (pipeline, project) => !pipeline.tag && isNewestOfRef(pipeline, project),
  tags: (pipeline, project) => pipeline.tag && isNewestOfRef(pipeline, project),
};

const filters: Readonly<Record<string, Filter>> = {
  ref: (ref) => (pipeline) => pipeline.ref === ref,
  sha: (sha) => (pipeline) => pipeline.sha === sha,
  source: (source) => (pipeline) => pipeline.source === source,
  username: (username) => (pipeline) => pipeline.userName === username,
  name: (name) => (pipeline) => pipeline.name === name,
  yaml_errors: (value) => {
    const wanted = flagOf(value);
    if (wanted === undefined) throw refuseInput('yaml_errors is invalid');
    return (pipeline) => (pipeline.yamlErrors !== null) === wanted;
  },
  status: (status) => {
    if (!statuses.some((each) => each === status)) throw refuseInput('status does not have a valid value');
    return (pipeline) => pipeline.status === status;
  },
  scope: (scope, project) => {
    const holds = scopes[scope];
    if (holds === undefined) throw refuseInput('scope does not have a valid value');
    return (pipeline) => holds(pipeline, project);
  },
  updated_after: byTime('updated_after', (pipeline, time) => pipeline.updatedAt > time),
  updated_before: byTime('updated_before', (pipeline, time) => pipeline.updatedAt < time),
  created_after: byTime('created_after', (pipeline, time) => pipeline.createdAt > time),
  created_before: byTime('created_before', (pipeline, time) => pipeline.createdAt < time),
};

const orders: Readonly<Record<string, (pipeline: CiPipeline) => string | number>> = {
  id: ({ id }) => id,
  status: ({ status }) => status,
  ref: ({ ref }) => ref,
  updated_at: ({ updatedAt }) => updatedAt,
  user_id: ({ userName }) => userName,
};

/** The pipelines of a project that match the request's filters, newest first unless it asks otherwise. */
export function filterPipelines({ input }: Call, project: Project): CiPipeline[] {
  const tests = Object.entries(filters).flatMap(([name, filter]) => {
    const value = input[name];
    return value === undefined || value === '' ? [] : [filter(textOf(value), project)];
  });
  // Child pipelines are listed with their parent's jobs; GitLab lists them only when asked for the source.
  const asksForChildren = input['source'] === 'parent_pipeline';
  const visible = project.pipelines.filter(
    (pipeline) => asksForChildren || pipeline.source !== 'parent_pipeline',
  );
  return sort(
    visible.filter((pipeline) => tests.every((holds) => holds(pipeline))),
    input,
  );
}

function sort(pipelines: CiPipeline[], input: Call['input']): CiPipeline[] {
  const keyOf = orders[(input['order_by'] as string | undefined) ?? 'id'];
  if (keyOf === undefined) throw refuseInput('order_by does not have a valid value');
  const direction = input['sort'] === 'asc' ? 1 : -1;
  return pipelines.sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return left === right ? direction * (a.id - b.id) : direction * (left < right ? -1 : 1);
  });
}

function byTime(name: string, holds: (pipeline: CiPipeline, time: number) => boolean): Filter {
  return (value) => {
    const time = Date.parse(value);
    if (Number.isNaN(time)) throw refuseInput(`${name} is invalid`);
    return (pipeline) => holds(pipeline, time);
  };
}

function isNewestOfRef(pipeline: CiPipeline, project: Project): boolean {
  return project.pipelines.findLast(({ ref }) => ref === pipeline.ref) === pipeline;
}
