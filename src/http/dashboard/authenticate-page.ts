import type { Request } from 'express';
import type { Actor, Caller } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { bearerOf, requireAdmin } from '../middleware/authenticate.ts';
import { addressOf } from '../middleware/client-address.ts';
import type { People } from '../../app/access/people.ts';
import type { SessionCookie, Sessions, SignedIn } from './sessions.ts';

/** A request for a page, with its caller. */
export interface PageRequest {
  readonly request: Request;
  readonly caller: Caller;
  /** Whether the caller has a session, and so can sign out. */
  readonly isSignedIn: boolean;
}

/** The actor of a form's action, for the audit log. */
export type ActorOf = (visit: Pick<PageRequest, 'request' | 'caller'>) => Actor;

interface Deps {
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  /** Null where people cannot sign in with GitLab. */
  readonly people: Pick<People, 'callerFor'> | null;
  /** Counts a request of a caller. @throws AppError `too_many_requests` */
  readonly noteCall: (caller: string) => Promise<void>;
  /** Whether a Host is a name of this machine, or the service's own. */
  readonly isAllowedHost: (host: string | undefined) => boolean;
}

/** Authenticates each request: a key may have been revoked since the last one. @throws AppError `unauthorized` */
export type AuthenticatePage = (request: Request) => Promise<PageRequest>;

export function createAuthenticatePage({
  authenticate,
  sessions,
  cookie,
  people,
  noteCall,
  isAllowedHost,
}: Deps): AuthenticatePage {
  /** A person is asked about in GitLab, a key in the database: both may have lost their rights since. */
  async function callerOf(who: SignedIn, request: Request): Promise<Caller | null> {
    if (who.kind === 'token') return authenticate(who.token, addressOf(request), request.get('host'));
    const caller = (await people?.callerFor(who.user)) ?? null;
    if (caller !== null) await noteCall(caller.id);
    return caller;
  }

  async function signedIn(request: Request): Promise<Caller | null> {
    const id = cookie.read(request);
    const who = id === null ? null : sessions.find(id);
    if (id === null || who === null) return null;
    const caller = await callerOf(who, request);
    if (caller === null) sessions.end(id);
    return caller;
  }

  /** A caller without a cookie: a program that sends its token with each request, or any user of this machine. */
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
