import type { CommitStatus } from '../engine/model.ts';
import { isoDate } from '../serializers/dates.ts';
import { serializeUser } from '../serializers/people.ts';
import type { StatusState } from '../world/commit-statuses.ts';
import { postCommitStatus } from '../world/commit-statuses.ts';
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

/** Newest first; those that newer ones hide only when all are asked for. */
function list(call: Call): ApiReply {
  const { pipelines } = lookUpProject(call);
  const sha = call.params['sha'] ?? '';
  const [name, ref, pipelineId] = ['name', 'ref', 'pipeline_id'].map((field) => readText(call, field));
  const rows = pipelines
    .filter((pipeline) => pipeline.sha === sha && (ref == null || pipeline.ref === ref))
    .filter(({ id }) => pipelineId == null || id === Number(pipelineId))
    .flatMap(({ id, commitStatuses = [] }) => commitStatuses.map((status) => ({ status, pipelineId: id })))
    .filter(
      ({ status }) =>
        (readFlag(call.input, 'all') || !status.retried) && (name == null || status.name === name),
    )
    .sort((one, other) => other.status.id - one.status.id);
  return paginate(call, rows, (row) => serialize(call, sha, row.status, row.pipelineId));
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
