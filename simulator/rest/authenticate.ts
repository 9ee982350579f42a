import type { IncomingHttpHeaders } from 'node:http';
import type { User } from '../scenario.ts';
import { findJob, projectOf } from '../world/find.ts';
import type { FoundJob } from '../world/find.ts';
import type { Project } from '../world/project.ts';
import { roleOf } from '../world/roles.ts';
import type { MemberRole } from '../world/roles.ts';
import type { World } from '../world/world.ts';
import type { Input } from './read-input.ts';
import { Refusal, refuse } from './reply.ts';

/** Who may call: `anyone` brings no token of a user, `job` means a CI_JOB_TOKEN will do as well. */
export type Audience = 'anyone' | 'user' | 'job';

export type ApiCaller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'job'; readonly found: FoundJob };

/**
 * Who calls, by PRIVATE-TOKEN, `Authorization: Bearer`, JOB-TOKEN or the parameters of the same meaning.
 * @throws Refusal 401 for an unknown token or none, 403 for a token that may not do this
 */
export function authenticate(
  world: World,
  {
    headers,
    input,
    method,
    audience,
  }: { headers: IncomingHttpHeaders; input: Input; method: string; audience: Audience },
): ApiCaller {
  if (audience === 'anyone') return { kind: 'nobody' };
  const jobToken = textOf(headers['job-token']) ?? textOf(input['job_token']);
  if (jobToken !== undefined) return jobCaller(world, jobToken, audience);
  const token = tokenIn(headers, input);
  const user = world.scenario.users.find((each) => each.token === token);
  if (user === undefined) throw refuse(401, '401 Unauthorized');
  if (user.tokenExpiresAt !== null && Date.parse(user.tokenExpiresAt) <= world.around.now()) throw expired();
  const wanted = method === 'GET' ? ['api', 'read_api'] : ['api'];
  if (!user.scopes.some((scope) => wanted.includes(scope))) throw insufficientScope(wanted);
  return { kind: 'user', user };
}

function jobCaller(world: World, token: string, audience: Audience): ApiCaller {
  const found = findRunningJob(world, token);
  if (found === undefined || audience !== 'job') throw refuse(401, '401 Unauthorized');
  return { kind: 'job', found };
}

/** The job a CI_JOB_TOKEN belongs to: it is good only while the job runs. */
export function findRunningJob(world: World, token: string): FoundJob | undefined {
  return findJob(world.pipelines.values(), (job) => job.token === token && job.status === 'running');
}

function tokenIn(headers: IncomingHttpHeaders, input: Input): string | undefined {
  const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return (
    textOf(headers['private-token']) ??
    bearer ??
    textOf(input['private_token']) ??
    textOf(input['access_token'])
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Source: gitlabhq lib/api/api_guard.rb */
function expired(): Refusal {
  const error_description = 'Token is expired. You can either do re-authorization or token refresh.';
  return new Refusal({ status: 401, body: { error: 'invalid_token', error_description } });
}

function insufficientScope(scopes: readonly string[]): Refusal {
  const error_description = 'The request requires higher privileges than provided by the access token.';
  const body = { error: 'insufficient_scope', error_description, scope: scopes.join(' ') };
  return new Refusal({ status: 403, body });
}

/** The caller's role in a project; undefined: the project does not exist as far as the caller can see. */
export function roleIn(caller: ApiCaller, world: World, project: Project): MemberRole | undefined {
  if (caller.kind === 'user') {
    return roleOf(caller.user, project.scenario.path);
  }
  if (caller.kind === 'nobody') return undefined;
  return projectOf(world, caller.found.pipeline) === project ? 'developer' : undefined;
}

/** The name that pipelines and jobs made by this caller carry. */
export function userNameOf(caller: ApiCaller): string {
  if (caller.kind === 'user') return caller.user.username;
  return caller.kind === 'job' ? caller.found.pipeline.userName : 'ghost';
}
