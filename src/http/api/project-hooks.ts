import type { RequestHandler, Router } from 'express';
import type { z } from 'zod';
import type { HookOperations } from '../../app/project-hooks/hook-operations.ts';
import type { HookWatch } from '../../app/project-hooks/hook-watch.ts';
import type { Actor } from '../../domain/access/caller.ts';
import { actorOf } from '../middleware/client-address.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf, requireAdmin } from '../middleware/authenticate.ts';
import { doctorView, healthView, installView, reportView } from '../../api/hook-view.ts';
import { parseInput } from '../../api/parse-input.ts';
import { readQuery } from './query.ts';
import { parseJson, readBytes, requireJson } from '../middleware/read-body.ts';
import { reply } from '../middleware/reply.ts';
import { on, routerOf } from './route.ts';
import * as routes from './routes/project-hooks.ts';

export interface ProjectHookDeps {
  readonly operations: HookOperations;
  readonly watch: Pick<HookWatch, 'health'>;
  readonly authenticate: Authenticate;
}

const bodyLimitBytes = 2 ** 16;

/** The hooks of GitLab's projects, one project a request; for admins. */
export function createProjectHookRoutes({ operations, watch, authenticate }: ProjectHookDeps): Router {
  const show = reply(async (request) => {
    const { project, url = null } = readQuery(request, routes.showProjectHooksRoute.query);
    return { status: 200, body: reportView(await operations.list(project, { url })) };
  });

  const match = reply(async (request) => {
    const { pattern } = readQuery(request, routes.matchProjectsRoute.query);
    return { status: 200, body: { items: await operations.projectsMatching(pattern) } };
  });

  const health = reply(() => ({ status: 200, body: { items: watch.health().map(healthView) } }));

  const act = <Schema extends z.ZodType>(
    schema: Schema,
    work: (actor: Actor, body: z.output<Schema>) => Promise<object>,
  ): readonly RequestHandler[] => [
    requireJson,
    readBytes(bodyLimitBytes),
    reply(async (request) => {
      const actor = actorOf(request, await callerOf(request, authenticate));
      return { status: 200, body: await work(actor, parseInput(schema, parseJson(request.body))) };
    }),
  ];

  const install = act(routes.installSchema, async (actor, { project, url, from, verifyTls }) => {
    const options = { url: url ?? null, from: from ?? null, verifiesTls: verifyTls };
    return installView(await operations.install(actor, project, options));
  });

  const doctor = act(routes.doctorSchema, async (actor, { project, url, from, fix, resendAll }) => {
    const options = { url: url ?? null, from: from ?? null, fix, everything: resendAll };
    return doctorView(await operations.doctor(actor, project, options));
  });

  const remove = act(routes.removeSchema, async (actor, { project, url }) => ({
    project,
    removed: await operations.remove(actor, project, { url: url ?? null }),
  }));

  const refuseOthers: RequestHandler = async (request, _response, next) => {
    requireAdmin(await callerOf(request, authenticate));
    next();
  };

  return routerOf(
    [
      on(routes.showProjectHooksRoute, show),
      on(routes.matchProjectsRoute, match),
      on(routes.hookHealthRoute, health),
      on(routes.installHookRoute, ...install),
      on(routes.doctorHookRoute, ...doctor),
      on(routes.removeHookRoute, ...remove),
    ],
    { under: '/v1/hooks', guard: refuseOthers },
  );
}
