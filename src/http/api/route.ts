import type { RequestHandler } from 'express';
import { Router } from 'express';
import type { z } from 'zod';
import type { ProblemCode } from './problems.ts';
import type { Method } from '../middleware/method-not-allowed.ts';
import { methodNotAllowed, optionsOf } from '../middleware/method-not-allowed.ts';

/** One answer of a route that is not a problem. */
export interface RouteAnswer {
  readonly description: string;
  /** By content type; none means an empty body. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
  /** The meaning of each header besides the common ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The declaration of one method of one path. `/openapi.json` and docs/api.md are generated from it; requests are parsed
 * with its schemas, and the schemas of its answers are the types of the views.
 */
export interface Route {
  readonly method: Method;
  /** In the form of OpenAPI: `/v1/triggers/{id}`. */
  readonly path: string;
  /** The `operationId`. */
  readonly name: string;
  readonly tag:
    'Triggers' | 'Waiting' | 'Diagnostics' | 'Deliveries' | 'Callbacks' | 'Webhooks' | 'Audit' | 'Service';
  readonly summary: string;
  readonly description?: string;
  /** `hook`: any sender with the secret of a hook. */
  readonly access: 'anyone' | 'hook' | 'caller' | 'admin';
  /** The meaning of the names in braces. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: {
    readonly schema: z.ZodType;
    readonly required: boolean;
    readonly examples: Readonly<Record<string, unknown>>;
  };
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** The problems besides those of every route with its access. */
  readonly problems?: readonly ProblemCode[];
}

/** A route and its handlers. */
interface Endpoint {
  readonly route: Route;
  readonly handlers: readonly RequestHandler[];
}

export const on = (route: Route, ...handlers: readonly RequestHandler[]): Endpoint => ({ route, handlers });

/** A handler for every request under a path, for unknown paths as well. */
interface Guarded {
  readonly under: string;
  readonly guard: RequestHandler;
}

/** Each endpoint at its path; other methods of these paths are refused. */
export function routerOf(endpoints: readonly Endpoint[], guarded?: Guarded): Router {
  const router = Router();
  const methodsOf = new Map<string, Method[]>();
  for (const { route, handlers } of endpoints) {
    const path = expressPath(route);
    const place = router.route(path);
    place[route.method.toLowerCase() as Lowercase<Method>](...handlers);
    methodsOf.set(path, [...(methodsOf.get(path) ?? []), route.method]);
  }
  for (const [path, methods] of methodsOf) router.all(path, methodNotAllowed(...methods));
  const whole = Router().use(optionsOf(router));
  if (guarded !== undefined) whole.use(guarded.under, guarded.guard);
  return whole.use(router);
}

/** The path in Express's form: `:id` for `{id}`; `{path}` is all that is left of it, with its slashes. */
export const expressPath = ({ path }: Pick<Route, 'path'>): string =>
  path.replaceAll('{path}', '*path').replaceAll(/\{(\w+)\}/g, ':$1');
