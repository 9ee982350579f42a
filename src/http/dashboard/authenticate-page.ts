import type { Request } from 'express';
import type { Actor, Caller } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { bearerOf, requireAdmin } from '../middleware/authenticate.ts';
import { addressOf } from '../middleware/client-address.ts';
import type { SessionCookie, Sessions } from './sessions.ts';

/** A request for a page, and who makes it. */
export interface PageRequest {
  readonly request: Request;
  readonly caller: Caller;
  /** Whether there is something to sign out of. */
  readonly isSignedIn: boolean;
}

/** As whom a visitor does what a form asks for. */
export type ActorOf = (visit: Pick<PageRequest, 'request' | 'caller'>) => Actor;

interface Deps {
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  /** Whether a Host is a name of this machine, or the service's own. */
  readonly isAllowedHost: (host: string | undefined) => boolean;
}

/** Finds out who makes a request, each time anew: a key may have been revoked. @throws AppError `unauthorized` */
export type AuthenticatePage = (request: Request) => Promise<PageRequest>;

export function createAuthenticatePage({
  authenticate,
  sessions,
  cookie,
  isAllowedHost,
}: Deps): AuthenticatePage {
  async function signedIn(request: Request): Promise<Caller | null> {
    const id = cookie.read(request);
    const token = id === null ? null : sessions.tokenOf(id);
    if (id === null || token === null) return null;
    const caller = await authenticate(token, addressOf(request), request.get('host'));
    if (caller === null) sessions.end(id);
    return caller;
  }

  /** Who needs no cookie: a program that shows its token with each request, or everyone on this machine. */
  async function withoutCookie(request: Request): Promise<Caller | null> {
    const token = bearerOf(request);
    const host = request.get('host');
    if (token === null && !isAllowedHost(host)) return null;
    return authenticate(token, addressOf(request), host);
  }

  return async function authenticatePage(request) {
    const caller = await signedIn(request);
    if (caller !== null) return { request, caller, isSignedIn: true };
    const other = await withoutCookie(request);
    if (other === null) throw new AppError('unauthorized', 'sign in first');
    return { request, caller: other, isSignedIn: false };
  };
}

/** A page or form for admins only. */
export const forAdmins = <Made>(make: (visit: PageRequest) => Promise<Made>) =>
  async function makeForAdmin(visit: PageRequest): Promise<Made> {
    requireAdmin(visit.caller);
    return make(visit);
  };
