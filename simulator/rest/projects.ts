import { latestJobs } from '../engine/model.ts';
import { serializeBranch, serializeCommitDetail, serializeCommitStatus } from '../serializers/repository.ts';
import { serializeProject } from '../serializers/project.ts';
import { commitOf } from '../world/project.ts';
import { isAtLeast } from '../world/roles.ts';
import { roleIn } from './authenticate.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { readFlag } from './read-pipeline-input.ts';
import { notFound } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Projects and their repositories. */
export const projectRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects', answer: list },
  { method: 'get', path: '/projects/:id', answer: show },
  { method: 'get', path: '/projects/:id/repository/commits/:sha', answer: showCommit },
  { method: 'get', path: '/projects/:id/repository/commits/:sha/statuses', answer: listStatuses },
  { method: 'get', path: '/projects/:id/repository/branches', answer: listBranches },
  { method: 'get', path: '/projects/:id/repository/branches/:branch', answer: showBranch },
];

function list(call: Call): ApiReply {
  const visible = [...call.world.projects.values()].filter((project) => {
    const role = roleIn(call.caller, call.world, project);
    return role !== undefined && isAtLeast(role, 'guest');
  });
  return paginate(call, visible.reverse(), (project) => serializeProject(call, project));
}

function show(call: Call): ApiReply {
  return { status: 200, body: serializeProject(call, lookUpProject(call, 'guest')) };
}

function showCommit(call: Call): ApiReply {
  const project = lookUpProject(call);
  const commit = commitOf(project, call.params['sha'] ?? '');
  if (commit === undefined) throw notFound('Commit');
  return { status: 200, body: serializeCommitDetail(call, project, commit) };
}

/** The latest of each name unless `all`; filters `ref`, `stage`, `name`, `pipeline_id`. */
function listStatuses(call: Call): ApiReply {
  const project = lookUpProject(call);
  const commit = commitOf(project, call.params['sha'] ?? '');
  if (commit === undefined) throw notFound('Commit');
  const { ref, stage, name, pipeline_id: pipelineId } = call.input;
  const isAll = readFlag(call.input, 'all');
  const entries = project.pipelines
    .filter((pipeline) => pipeline.sha === commit.sha && (ref === undefined || pipeline.ref === ref))
    .filter(({ id }) => pipelineId === undefined || id === Number(pipelineId))
    .flatMap((pipeline) => (isAll ? pipeline.jobs : latestJobs(pipeline)).map((job) => ({ pipeline, job })))
    .filter(({ job: { definition } }) => stage === undefined || definition.stage === stage)
    .filter(({ job: { definition } }) => name === undefined || definition.name === name);
  return paginate(call, entries, ({ pipeline, job }) => serializeCommitStatus(call, pipeline, job));
}

function listBranches(call: Call): ApiReply {
  const project = lookUpProject(call);
  return paginate(call, [...project.branches], ([name, commit]) =>
    serializeBranch(call, project, name, commit),
  );
}

function showBranch(call: Call): ApiReply {
  const project = lookUpProject(call);
  const name = call.params['branch'] ?? '';
  const commit = project.branches.get(name);
  if (commit === undefined) throw notFound('Branch');
  return { status: 200, body: serializeBranch(call, project, name, commit) };
}
