import type { Request, Response } from 'express';
import { basePathOf } from '../middleware/request-path.ts';

/**
 * Under `__Host-` a browser takes a cookie over TLS only, and from nobody but this very host, for all of its paths. Below
 * a path the host is shared with others: there it is `__Secure-`, and goes to that path alone.
 */
const namesOn = { host: '__Host-pipeline-trigger', path: '__Secure-pipeline-trigger' } as const;

/** The cookie that names a session. */
export interface SessionCookie {
  readonly read: (request: Request) => string | null;
  readonly set: (request: Request, response: Response, id: string) => void;
  readonly clear: (response: Response) => void;
}

/** @param publicUrl how browsers reach the service, as far as the operator says so */
export function createSessionCookie(publicUrl: string | null): SessionCookie {
  const base = basePathOf(publicUrl);
  const path = base === '' ? '/' : base;
  const names = { secure: base === '' ? namesOn.host : namesOn.path, plain: 'pipeline-trigger' };
  const isPublicSecure = publicUrl?.startsWith('https:') === true;
  // Behind a proxy that ends TLS the browser itself says how it came, with every form that it sends.
  const cameByTls = (request: Request): boolean =>
    isPublicSecure || request.secure || request.get('origin')?.startsWith('https:') === true;

  return {
    read(request) {
      const cookies = request.get('cookie') ?? '';
      return valueOf(cookies, names.secure) ?? (isPublicSecure ? null : valueOf(cookies, names.plain));
    },
    set(request, response, id) {
      const secure = cameByTls(request);
      // Lax: with Strict everyone who follows a link from GitLab or a chat would seem to be signed out.
      // What changes something is a POST, for which Lax withholds the cookie as well.
      const options = { httpOnly: true, sameSite: 'lax', secure, path } as const;
      response.cookie(secure ? names.secure : names.plain, id, options);
    },
    clear(response) {
      response.clearCookie(names.secure, { httpOnly: true, sameSite: 'lax', secure: true, path });
      response.clearCookie(names.plain, { httpOnly: true, sameSite: 'lax', path });
    },
  };
}

function valueOf(cookies: string, name: string): string | null {
  const pairs = cookies.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
