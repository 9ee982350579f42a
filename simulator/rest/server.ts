import express from 'express';
import type { Express, Request, Response } from 'express';
import type { ApiFault, ChooseFault, FaultPlan } from '../faults/fault-plan.ts';
import type { HookRegistry } from '../hooks/hook-registry.ts';
import type { IdTokens } from '../id-tokens.ts';
import type { Provider } from '../oauth/provider.ts';
import type { Site } from '../serializers/pipeline.ts';
import { findProject } from '../world/find.ts';
import { artifactRoutes } from './artifacts.ts';
import { authenticate } from './authenticate.ts';
import type { ApiRoute, Call } from './call.ts';
import { commitStatusRoutes } from './commit-statuses.ts';
import { environmentRoutes } from './environments.ts';
import { groupRoutes } from './groups.ts';
import { hookEventRoutes } from './hook-events.ts';
import { hookRoutes } from './hooks.ts';
import { instanceRoutes } from './instance.ts';
import { jobRoutes } from './jobs.ts';
import { createRateLimit } from './limit-rate.ts';
import { peopleRoutes } from './people.ts';
import { pipelineRoutes } from './pipelines.ts';
import { projectRoutes } from './projects.ts';
import { protectedBranchRoutes } from './protected-branches.ts';
import { readInput } from './read-input.ts';
import type { Input } from './read-input.ts';
import { Refusal } from './reply.ts';
import type { ApiReply } from './reply.ts';
import { replyInstead, reset, send } from './send.ts';
import { triggerRoutes } from './trigger-pipeline.ts';
import { triggerTokenRoutes } from './triggers.ts';
import { variableRoutes } from './variables.ts';

/** One request that came in, for tests that count or look at them. */
export type LoggedRequest = {
  /** `performance.now()` when it came. */
  readonly at: number;
  /** The simulated time of day when it came. */
  readonly time: number;
  readonly method: string;
  /** As sent, percent-encoded, without the query. */
  readonly path: string;
  /** Parameters of query and body. */
  readonly input: Input;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The status that was answered, also when a fault kept it from arriving. */
  readonly status: number;
  /** The answer's `Retry-After`, in seconds. */
  readonly retryAfter: number | null;
  readonly fault: ApiFault['kind'] | null;
};

export type ServerParts = Site & {
  readonly hooks: HookRegistry;
  readonly idTokens: Pick<IdTokens, 'keySet'>;
  readonly provider: Provider;
  readonly gitlabVersion: string;
  readonly faults: FaultPlan;
  readonly choose: ChooseFault;
  readonly record: (request: LoggedRequest) => void;
};

const routes = (now: () => number): readonly ApiRoute[] => [
  ...triggerRoutes,
  ...triggerTokenRoutes,
  ...variableRoutes,
  ...environmentRoutes,
  ...protectedBranchRoutes,
  ...pipelineRoutes,
  ...jobRoutes,
  ...artifactRoutes,
  ...commitStatusRoutes,
  ...projectRoutes,
  ...groupRoutes,
  ...hookRoutes,
  ...hookEventRoutes(now),
  ...instanceRoutes,
  ...peopleRoutes,
];

const unknownRoute: ApiRoute = {
  method: 'get',
  path: '*',
  audience: 'anyone',
  answer: () => ({ status: 404, body: { error: '404 Not Found' } }),
};

/** The REST API of the simulated GitLab, below the root and `/api/v4`, the keys of its id_tokens, and its provider. */
export function createServer(parts: ServerParts): Express {
  const app = express().disable('x-powered-by');
  const limitRate = createRateLimit(parts.world.scenario.rateLimit, parts.world.around.now);
  const respond = (route: ApiRoute) =>
    async function respondTo(request: Request, response: Response) {
      const [at, time] = [performance.now(), parts.world.around.now()];
      const { pathname, searchParams } = new URL(request.originalUrl, parts.baseUrl);
      const { input, mistake } = await readInputOf(request, searchParams);
      const fault = chooseFault(parts, request.method, pathname);
      const log = (status: number, retryAfter?: string): void => {
        const fields = { at, time, method: request.method, path: pathname, headers: request.headers };
        const seconds = retryAfter === undefined ? null : Number(retryAfter);
        parts.record({ ...fields, input, status, retryAfter: seconds, fault: fault?.kind ?? null });
      };
      if (fault?.kind === 'resetBefore' || (fault?.kind === 'hang' && fault.executes !== true)) {
        log(0);
        if (fault.kind === 'resetBefore') reset(response);
        return;
      }
      const { headers, refusal } = limitRate(whoIs(request));
      const instead = replyInstead(fault, request.originalUrl);
      const work = (): ApiReply | Promise<ApiReply> =>
        refusal ?? mistake ?? answer(parts, route, request, input);
      if (instead !== undefined && fault?.kind === 'status' && fault.executes === true) await work();
      const reply = instead ?? (await work());
      log(reply.status, reply.headers?.['retry-after']);
      await send(response, { ...reply, headers: { ...headers, ...reply.headers } }, fault);
    };
  const root = parts.world.scenario.relativeUrlRoot;
  for (const route of routes(parts.world.around.now)) {
    app[route.method](`${root}/api/v4${route.path}`, respond(route));
  }
  const answerKeys = async (): Promise<ApiReply> => ({ status: 200, body: await parts.idTokens.keySet() });
  app.get(`${root}/oauth/discovery/keys`, respond({ ...unknownRoute, answer: answerKeys }));
  for (const { method, path, answer: answerProvider } of parts.provider.routes) {
    const answerCall = ({ input, headers }: Call) =>
      answerProvider({ input, authorization: headers.authorization });
    app[method](root + path, respond({ ...unknownRoute, method, answer: answerCall }));
  }
  app.use(respond(unknownRoute));
  return app;
}

async function answer(
  parts: ServerParts,
  route: ApiRoute,
  request: Request,
  input: Input,
): Promise<ApiReply> {
  try {
    const { world, hooks, baseUrl, gitlabVersion } = parts;
    const { headers, method, originalUrl: url } = request;
    const caller = authenticate(world, { headers, input, method, audience: route.audience ?? 'user' });
    const params = request.params as Record<string, string>;
    return await route.answer({
      ...{ world, hooks, baseUrl, gitlabVersion },
      ...{ method, url, params, input, headers, caller },
    });
  } catch (error) {
    return replyTo(error);
  }
}

function replyTo(error: unknown): ApiReply {
  return error instanceof Refusal
    ? error.reply
    : { status: 500, body: { message: '500 Internal Server Error' } };
}

/** Parameters that cannot be read are a mistake to answer, not a reason to fail. */
async function readInputOf(
  request: Request,
  query: URLSearchParams,
): Promise<{ input: Input; mistake?: ApiReply }> {
  try {
    return { input: await readInput(request, query) };
  } catch (error) {
    return { input: {}, mistake: replyTo(error) };
  }
}

function chooseFault(
  { world, faults, choose }: ServerParts,
  method: string,
  path: string,
): ApiFault | undefined {
  const [, encoded] = /\/api\/v4\/projects\/([^/]+)/.exec(path) ?? [];
  const project = encoded === undefined ? undefined : findProject(world, decodeURIComponent(encoded));
  return choose(faults.api, ({ match = {} }) => {
    if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
    if (typeof match.path === 'string' && !path.includes(match.path)) return false;
    if (match.path instanceof RegExp && !match.path.test(path)) return false;
    return (
      match.project === undefined || (project !== undefined && project === findProject(world, match.project))
    );
  });
}

/** Limits count per token, or per address without one. */
function whoIs({ headers, socket }: Request): string {
  const token = headers['private-token'] ?? headers['job-token'] ?? headers.authorization;
  return String(token ?? socket.remoteAddress);
}
