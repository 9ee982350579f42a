import type { RequestHandler, Router } from 'express';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { on, routerOf } from './route.ts';
import { metricsRoute } from './routes/service.ts';

export interface MetricsDeps {
  readonly metrics: { readonly text: () => Promise<string>; readonly contentType: string };
  readonly authenticate: Authenticate;
}

/** `GET /metrics`: for every key, of any role. */
export function createMetricsRoute({ metrics, authenticate }: MetricsDeps): Router {
  const show: RequestHandler = async (request, response) => {
    await callerOf(request, authenticate);
    const text = await metrics.text();
    response.set({ 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
  };
  return routerOf([on(metricsRoute, show)]);
}
