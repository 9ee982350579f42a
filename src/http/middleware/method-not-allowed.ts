import type { RequestHandler, Router } from 'express';
import { Router as createRouter } from 'express';
import { problem } from './problem.ts';
import { reply } from './reply.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Express answers HEAD wherever it answers GET. */
const allowed = (methods: readonly string[]): string =>
  [...new Set(methods)]
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .toSorted()
    .join(', ');

/** Answers all other methods of a path; to be registered after its own. */
export function methodNotAllowed(...methods: readonly Method[]): RequestHandler {
  const allow = allowed(methods);
  const detail = `this path knows ${allow} only`;
  const answer = problem(
    { code: 'method_not_allowed', status: 405, title: 'Method not allowed', detail },
    {},
    { allow },
  );
  return reply(() => answer);
}

/**
 * Answers OPTIONS: proxies probe with it (HAProxy: `option httpchk`). It allows no other origin, so that browsers refuse
 * calls from other sites.
 */
export const options = (...methods: readonly string[]): RequestHandler =>
  reply(() => ({
    status: 204,
    headers: { allow: allowed([...methods, 'OPTIONS']), 'cache-control': 'no-store' },
  }));

/** Answers OPTIONS at each path of a router; to be registered before the router and its guard. */
export function optionsOf({ stack }: Router): Router {
  const methodsOf = new Map<string, string[]>();
  for (const { route } of stack) {
    if (route === undefined) continue;
    // A route for any method, which has no name, only refuses.
    const named = route.stack.map(({ method }) => method as string | undefined);
    const methods = named.flatMap((method) => method?.toUpperCase() ?? []);
    methodsOf.set(route.path, [...(methodsOf.get(route.path) ?? []), ...methods]);
  }
  const router = createRouter();
  for (const [path, methods] of methodsOf) router.options(path, options(...methods));
  return router;
}

/** Answers `OPTIONS *`, which asks about the service as a whole (RFC 9110, section 9.3.7). */
export const answerServerOptions: RequestHandler = (request, response, next) => {
  if (request.method !== 'OPTIONS' || request.url !== '*') next();
  else options('GET', 'POST')(request, response, next);
};
