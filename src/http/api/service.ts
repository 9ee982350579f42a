import type { Router } from 'express';
import { AppError } from '../../domain/error.ts';
import { openApiDocument } from './openapi.ts';
import { problemKinds } from './problems.ts';
import { reply } from '../middleware/reply.ts';
import { basePathOf } from '../middleware/request-path.ts';
import { on, routerOf } from './route.ts';
import { routes } from './routes/all.ts';
import type { ProblemKindView } from './routes/service.ts';
import { explainProblemRoute, healthRoute, openApiRoute, readyRoute } from './routes/service.ts';

interface Deps {
  /** Resolves when the database can be written. */
  readonly checkStore: () => Promise<void>;
  readonly warnings: () => readonly string[];
  /** Of this package. */
  readonly version: string;
  readonly publicUrl: string | null;
  readonly draining: AbortSignal;
}

/** What the service says of itself, to everyone. */
export function createServiceRoutes({ checkStore, warnings, version, publicUrl, draining }: Deps): Router {
  const isAlive = reply(() => ({ status: 200, body: { status: 'ok' } }));

  const isReady = reply(async () => {
    if (draining.aborted) throw new AppError('storage_unavailable', 'the service is stopping');
    await checkStore();
    const found = warnings();
    return { status: 200, body: { status: 'ready', ...(found.length > 0 ? { warnings: found } : {}) } };
  });

  // Made when somebody asks for it: it takes a while, and most never do.
  let document: object | undefined;
  const describeApi = reply(() => {
    document ??= openApiDocument(routes, version, basePathOf(publicUrl));
    return { status: 200, body: document };
  });

  const explainProblem = reply(({ params }) => {
    const kind = problemKinds.find(({ code }) => code === params['code']);
    if (kind === undefined) throw new AppError('not_found', 'there is no such kind of problem');
    const { code, ...rest } = kind;
    const body: ProblemKindView = { type: `/problems/${code}`, ...rest };
    return { status: 200, body };
  });

  return routerOf([
    on(healthRoute, isAlive),
    on(readyRoute, isReady),
    on(openApiRoute, describeApi),
    on(explainProblemRoute, explainProblem),
  ]);
}
