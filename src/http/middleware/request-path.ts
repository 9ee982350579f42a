import type { Request, RequestHandler } from 'express';
import { withoutTrailingSlashes } from '../../domain/text.ts';

/** The base path at which a proxy serves the service, without a slash at the end; empty for the root of its host. */
export const basePathOf = (publicUrl: string | null): string =>
  publicUrl === null ? '' : withoutTrailingSlashes(new URL(publicUrl).pathname);

/**
 * Normalizes each path: a double slash, as in joined URLs, counts as one, and the base path of PUBLIC_URL is removed
 * where the proxy has not done so.
 */
export function createPathReader(publicUrl: string | null): RequestHandler {
  const base = basePathOf(publicUrl);
  return function readPath(request, _response, next) {
    const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(request.url) ?? [];
    // `OPTIONS *` has no path; a target that begins with a scheme came from the client of a forward proxy.
    if (path.startsWith('/')) request.url = below(base, path.replaceAll(/\/{2,}/g, '/')) + query;
    next();
  };
}

function below(base: string, path: string): string {
  if (base === '' || !(path === base || path.startsWith(`${base}/`))) return path;
  return path.slice(base.length) || '/';
}

/**
 * A path of the service as a `Location` relative to the request: right under any base path and behind any proxy.
 * Source: RFC 9110, section 10.2.2
 */
export function relativeLocation({ path }: Pick<Request, 'path'>, to: string): string {
  const folders = path.split('/').slice(1, -1);
  const parts = to.split('/').slice(1);
  let shared = 0;
  // Our paths ignore case; the common part stays as the caller wrote it.
  while (shared < Math.min(folders.length, parts.length - 1) && isSame(folders[shared], parts[shared]))
    shared += 1;
  return '../'.repeat(folders.length - shared) + parts.slice(shared).join('/');
}

const isSame = (one: string | undefined, other: string | undefined): boolean =>
  one?.toLowerCase() === other?.toLowerCase();
