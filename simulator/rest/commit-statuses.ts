import type { CommitStatus } from '../engine/model.ts';
import { latestJobs } from '../engine/model.ts';
import { isoDate } from '../serializers/dates.ts';
import { serializeUser } from '../serializers/people.ts';
import { serializeCommitStatus } from '../serializers/repository.ts';
import type { StatusState } from '../world/commit-statuses.ts';
import { postCommitStatus } from '../world/commit-statuses.ts';
import { commitOf } from '../world/project.ts';
import { mayRunOn } from '../world/protected-refs.ts';
import { userNameOf } from './authenticate.ts';
import type { ApiRoute, Call } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { readFlag } from './read-pipeline-input.ts';
import { notFound, refuse, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';

const states = [
  'pending',
  'running',
  'success',
  'failed',
  'canceled',
  'skipped',
] as const satisfies readonly StatusState[];
const longestText = 255;

/** Statuses of commits. Source: GitLab lib/api/commit_statuses.rb, doc/api/commits.md */
export const commitStatusRoutes: readonly ApiRoute[] = [
  { method: 'post', path: '/projects/:id/statuses/:sha', answer: post },
  { method: 'get', path: '/projects/:id/repository/commits/:sha/statuses', answer: list },
];

function readText(call: Call, name: string): string | null {
  const value = call.input[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' && typeof value !== 'number') throw refuseInput(`${name} is invalid`);
  return String(value);
}

function post(call: Call): ApiReply {
  const project = lookUpProject(call, 'developer');
  const sha = call.params['sha'] ?? '';
  const state = states.find((each) => each === call.input['state']);
  if (call.input['state'] === undefined) throw refuseInput('state is missing');
  if (state === undefined) throw refuseInput('state does not have a valid value');
  if (!project.commits.has(sha)) throw notFound('Commit');
  const [name, description, targetUrl] = [
    readText(call, 'name') ?? readText(call, 'context') ?? 'default',
    readText(call, 'description'),
    readText(call, 'target_url'),
  ];
  for (const [field, value] of Object.entries({ description, target_url: targetUrl }))
    if (value !== null && value.length > longestText)
      throw refuse(400, { [field]: [`is too long (maximum is ${longestText} characters)`] });
  const pipelineId = readText(call, 'pipeline_id');
  const wanted = {
    ...{ sha, state, name, description, targetUrl, userName: userNameOf(call.caller) },
    pipelineId: pipelineId === null ? null : Number(pipelineId),
    ref: readText(call, 'ref'),
  };
  const on = project.pipelines.find(({ id }) => id === wanted.pipelineId);
  if (on !== undefined && !mayRunOn(call.world.scenario, project, wanted.userName, on))
    throw refuse(403, '403 Forbidden');
  const result = postCommitStatus(call.world, project, wanted);
  if (result.kind === 'refused') throw refuse(result.code, result.message);
  return { status: 201, body: serialize(call, sha, result.status, result.pipeline.id) };
}

/** A job of a pipeline, or a status that was set from outside, as it is listed. */
type Entry = { readonly id: number; readonly body: () => unknown };

/** By their ids; the latest of each name unless `all`; filters `ref`, `stage`, `name`, `pipeline_id`. */
function list(call: Call): ApiReply {
  const project = lookUpProject(call);
  const commit = commitOf(project, call.params['sha'] ?? '');
  if (commit === undefined) throw notFound('Commit');
  const { ref, stage, name, pipeline_id: pipelineId, sort } = call.input;
  const isAll = readFlag(call.input, 'all');
  const isWanted = (entry: { readonly name: string; readonly stage: string }): boolean =>
    (stage === undefined || entry.stage === stage) && (name === undefined || entry.name === name);
  const entries = project.pipelines
    .filter((pipeline) => pipeline.sha === commit.sha && (ref === undefined || pipeline.ref === ref))
    .filter(({ id }) => pipelineId === undefined || id === Number(pipelineId))
    .flatMap((pipeline): readonly Entry[] => [
      ...(isAll ? pipeline.jobs : latestJobs(pipeline))
        .filter(({ definition }) => isWanted(definition))
        .map((job) => ({ id: job.id, body: () => serializeCommitStatus(call, pipeline, job) })),
      ...(pipeline.commitStatuses ?? [])
        .filter((status) => (isAll || !status.retried) && isWanted({ name: status.name, stage: 'external' }))
        .map((status) => ({ id: status.id, body: () => serialize(call, commit.sha, status, pipeline.id) })),
    ])
    .sort((one, other) => (sort === 'desc' ? other.id - one.id : one.id - other.id));
  return paginate(call, entries, ({ body }) => body());
}

function serialize(
  call: Call,
  sha: string,
  status: CommitStatus,
  pipelineId: number,
): Record<string, unknown> {
  return {
    id: status.id,
    sha,
    ref: status.ref,
    status: status.status,
    name: status.name,
    target_url: status.targetUrl,
    description: status.description,
    created_at: isoDate(status.createdAt),
    started_at: null,
    finished_at: isoDate(status.finishedAt),
    allow_failure: false,
    coverage: null,
    pipeline_id: pipelineId,
    author: serializeUser(call.world, call.baseUrl, status.userName),
  };
}
