import { hash } from 'node:crypto';
import type { Request } from 'express';
import type { Caller } from '../../domain/access/caller.ts';
import { localCaller } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { addressOf } from './client-address.ts';
import { originOf } from './same-origin.ts';
import type { Limits } from './rate-limits.ts';

/**
 * Authenticates a bearer token; null for an unknown one.
 * @param from the address of the client
 * @param host the Host of the request
 * @throws AppError `too_many_requests`; `unauthorized` where there is more to say than that a token is required
 */
export type Authenticate = (
  token: string | null,
  from: string,
  host: string | undefined,
) => Promise<Caller | null>;

/** The authenticated callers: the router asks first, and then the handler. */
const known = new WeakMap<Request, Caller>();

const noneCame = 'a bearer token is required, and none came: send `Authorization: Bearer …`';
const notValid = 'the bearer token is not valid: unknown, expired or revoked';

/** @throws AppError `unauthorized`, `too_many_requests`; `forbidden` for a browser's request from another site */
export async function callerOf(request: Request, authenticate: Authenticate): Promise<Caller> {
  const before = known.get(request);
  if (before !== undefined) return before;
  const caller = await callerNow(request, authenticate);
  known.set(request, caller);
  return caller;
}

/** The same, checked again: a key may have been revoked in the meantime. @throws as `callerOf` */
export async function callerNow(request: Request, authenticate: Authenticate): Promise<Caller> {
  const caller = await authenticate(bearerOf(request), addressOf(request), request.get('host'));
  if (caller === null) throw new AppError('unauthorized', hasBearer(request) ? notValid : noneCame);
  if (caller.id === localCaller && !isSafe(request) && originOf(request, null) === 'foreign')
    throw new AppError('forbidden', 'this request was sent by a page of another site');
  return caller;
}

const authorizationOf = (request: Request): string => request.get('authorization') ?? '';

/** The bearer token of a request (RFC 6750, section 2.1); null without one. */
export const bearerOf = (request: Request): string | null =>
  /^Bearer +(\S+) *$/i.exec(authorizationOf(request))?.[1] ?? null;

/** Whether a request has a bearer token, well-formed or not. */
export const hasBearer = (request: Request): boolean => /^Bearer +\S/i.test(authorizationOf(request));

/** Methods that change nothing. Source: RFC 9110, section 9.2.1 */
const isSafe = ({ method }: Request): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

/** @throws AppError `forbidden` */
export function requireAdmin({ role }: Caller): void {
  if (role !== 'admin') throw new AppError('forbidden', 'only an admin may see or do this');
}

/** API keys and id_tokens cannot be guessed, so they are checked even for an address with many failures. */
const isUnguessable = (token: string): boolean => /^(?:ptk_|eyJ)/.test(token);

/**
 * Authenticates within limits. After too many wrong tokens an address may not try more of them; tokens that cannot be
 * guessed, and one that was right before, are still accepted.
 */
export function createThrottledAuthenticate(
  authenticate: Authenticate,
  { isGuessing, noteRefusal, noteCall }: Pick<Limits, 'isGuessing' | 'noteRefusal' | 'noteCall'>,
): Authenticate {
  // The operator's token is the only one that can be guessed; it is replaced with a restart.
  let right: string | null = null;
  const digestOf = (token: string): string => hash('sha256', token);
  const mayTry = async (token: string | null, from: string): Promise<boolean> =>
    token === null || isUnguessable(token) || digestOf(token) === right || !(await isGuessing(from));

  return async function authenticateThrottled(token, from, host) {
    const caller = (await mayTry(token, from)) ? await authenticate(token, from, host) : null;
    if (caller === null) {
      await noteRefusal(from);
      return null;
    }
    if (token !== null && !isUnguessable(token)) right = digestOf(token);
    await noteCall(caller.id);
    return caller;
  };
}
