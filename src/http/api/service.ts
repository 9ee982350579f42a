import type { RequestHandler, Router } from 'express';
import { AppError } from '../../domain/error.ts';
import { openApiDocument } from './openapi.ts';
import { problemKinds } from './problems.ts';
import { reply } from '../middleware/reply.ts';
import { basePathOf } from '../middleware/request-path.ts';
import { on, routerOf } from './route.ts';
import { routes } from './routes/all.ts';
import type { ProblemKindView } from './routes/service.ts';
import {
  explainProblemRoute,
  healthRoute,
  openApiRoute,
  readyRoute,
  metricsRoute,
} from './routes/service.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';

/** The metrics, and who may read them. */
export interface MetricsDeps {
  readonly metrics: { readonly text: () => Promise<string>; readonly contentType: string };
  readonly authenticate: Authenticate;
}

interface ServiceDeps extends MetricsDeps {
  /** Resolves when the database can be written. */
  readonly checkStore: () => Promise<void>;
  readonly warnings: () => readonly string[];
  /** The version of this package. */
  readonly version: string;
  readonly publicUrl: string | null;
  readonly draining: AbortSignal;
}

/** The routes about the service itself: public, except the metrics, which need a key of any role. */
export function createServiceRoutes({
  checkStore,
  warnings,
  version,
  publicUrl,
  draining,
  metrics,
  authenticate,
}: ServiceDeps): Router {
  const isAlive = reply(() => ({ status: 200, body: { status: 'ok' } }));

  const isReady = reply(async () => {
    if (draining.aborted) throw new AppError('storage_unavailable', 'the service is stopping');
    await checkStore();
    const found = warnings();
    return { status: 200, body: { status: 'ready', ...(found.length > 0 ? { warnings: found } : {}) } };
  });

  // Generated on the first request: it takes a while, and most services are never asked for it.
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

  const showMetrics: RequestHandler = async (request, response) => {
    await callerOf(request, authenticate);
    const text = await metrics.text();
    response.set({ 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
  };

  return routerOf([
    on(healthRoute, isAlive),
    on(readyRoute, isReady),
    on(openApiRoute, describeApi),
    on(explainProblemRoute, explainProblem),
    on(metricsRoute, showMetrics),
  ]);
}
