import type { Request } from 'express';

/** The declared path of the route that a request matched; null for none. */
export function matchedPath({ route }: Request): string | null {
  const { path } = (route ?? {}) as { readonly path?: unknown };
  return typeof path === 'string' ? path : null;
}
