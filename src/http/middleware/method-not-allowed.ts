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

/** Answers what a path is asked by other methods than its own; stands after those. */
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
 * Answers OPTIONS: proxies probe with it (HAProxy: `option httpchk`). It says nothing of other origins, so that no
 * browser lets a page from elsewhere call.
 */
export const options = (...methods: readonly string[]): RequestHandler =>
  reply(() => ({
    status: 204,
    headers: { allow: allowed([...methods, 'OPTIONS']), 'cache-control': 'no-store' },
  }));

/** Answers OPTIONS at each path of a router; stands before it and what guards it. */
export function optionsOf({ stack }: Router): Router {
  const methodsOf = new Map<string, string[]>();
  for (const { route } of stack) {
    if (route === undefined) continue;
    // What a route does for any method, which has no name then, is to refuse it.
    const named = route.stack.map(({ method }) => method as string | undefined);
    const methods = named.flatMap((method) => method?.toUpperCase() ?? []);
    methodsOf.set(route.path, [...(methodsOf.get(route.path) ?? []), ...methods]);
  }
  const router = createRouter();
  for (const [path, methods] of methodsOf) router.options(path, options(...methods));
  return router;
}

/** Answers `OPTIONS *`, which is asked of the service and of no path (RFC 9110, section 9.3.7). */
export const answerServerOptions: RequestHandler = (request, response, next) => {
  if (request.method !== 'OPTIONS' || request.url !== '*') next();
  else options('GET', 'POST')(request, response, next);
};
