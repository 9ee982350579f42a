import type { Request } from 'express';

/** The path of the route that a request came to, as it is declared; null where there was none. */
export function matchedPath({ route }: Request): string | null {
  const { path } = (route ?? {}) as { readonly path?: unknown };
  return typeof path === 'string' ? path : null;
}
