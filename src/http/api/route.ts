import type { RequestHandler } from 'express';
import { Router } from 'express';
import type { z } from 'zod';
import type { ProblemCode } from './problems.ts';
import type { Method } from '../middleware/method-not-allowed.ts';
import { methodNotAllowed, optionsOf } from '../middleware/method-not-allowed.ts';

/** One answer of a route that is no problem. */
export interface RouteAnswer {
  readonly description: string;
  /** By content type; none means an empty body. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
  /** What each header says that is more than the usual. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What there is to know of one method of one path. `/openapi.json` and docs/api.md are made of it; its schemas are
 * those that requests are read with, and its answers' schemas are the types of the views.
 */
export interface Route {
  readonly method: Method;
  /** As OpenAPI writes it: `/v1/triggers/{id}`. */
  readonly path: string;
  /** The `operationId`. */
  readonly name: string;
  readonly tag:
    'Triggers' | 'Waiting' | 'Diagnostics' | 'Deliveries' | 'Callbacks' | 'Webhooks' | 'Audit' | 'Service';
  readonly summary: string;
  readonly description?: string;
  /** `hook`: who can authenticate as a hook of ours. */
  readonly access: 'anyone' | 'hook' | 'caller' | 'admin';
  /** What the names in braces stand for. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: {
    readonly schema: z.ZodType;
    readonly required: boolean;
    readonly examples: Readonly<Record<string, unknown>>;
  };
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Those besides the ones that every route of its access may answer with. */
  readonly problems?: readonly ProblemCode[];
}

/** A route and what answers it. */
interface Endpoint {
  readonly route: Route;
  readonly handlers: readonly RequestHandler[];
}

export const on = (route: Route, ...handlers: readonly RequestHandler[]): Endpoint => ({ route, handlers });

/** What comes before all that is asked for under a path, also where nothing is. */
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

/** Where express finds a route: it writes `:id` for `{id}`. */
export const expressPath = ({ path }: Pick<Route, 'path'>): string => path.replaceAll(/\{(\w+)\}/g, ':$1');
