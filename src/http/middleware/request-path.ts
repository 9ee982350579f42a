import type { Request, RequestHandler } from 'express';
import { withoutTrailingSlashes } from '../../domain/text.ts';

/** The path that a proxy serves the service under, without a slash at the end; empty for the root of its host. */
export const basePathOf = (publicUrl: string | null): string =>
  publicUrl === null ? '' : withoutTrailingSlashes(new URL(publicUrl).pathname);

/**
 * Reads each path as what it was meant to be: a doubled slash, as joined URLs have it, counts as one, and the path of
 * PUBLIC_URL is taken off where the proxy has not done so.
 */
export function createPathReader(publicUrl: string | null): RequestHandler {
  const base = basePathOf(publicUrl);
  return function readPath(request, _response, next) {
    const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(request.url) ?? [];
    // `OPTIONS *` is asked of no path; what begins with a scheme came from the client of a forward proxy.
    if (path.startsWith('/')) request.url = below(base, path.replaceAll(/\/{2,}/g, '/')) + query;
    next();
  };
}

function below(base: string, path: string): string {
  if (base === '' || !(path === base || path.startsWith(`${base}/`))) return path;
  return path.slice(base.length) || '/';
}

/**
 * A path of ours as a `Location` that is relative to the request: right under any path and behind any proxy, of which
 * we know nothing. Source: RFC 9110, section 10.2.2
 */
export function relativeLocation({ path }: Pick<Request, 'path'>, to: string): string {
  const folders = path.split('/').slice(1, -1);
  const parts = to.split('/').slice(1);
  let shared = 0;
  // Our paths do not tell upper from lower case; what is shared is left as the caller wrote it.
  while (shared < Math.min(folders.length, parts.length - 1) && isSame(folders[shared], parts[shared]))
    shared += 1;
  return '../'.repeat(folders.length - shared) + parts.slice(shared).join('/');
}

const isSame = (one: string | undefined, other: string | undefined): boolean =>
  one?.toLowerCase() === other?.toLowerCase();
