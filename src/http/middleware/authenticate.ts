import type { Request } from 'express';
import type { Caller } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { addressOf } from './client-address.ts';

/**
 * Who a bearer token stands for; null for nobody.
 * @param from the address that it comes from
 * @param host what the caller calls this machine
 * @throws AppError `too_many_requests`; `unauthorized` with more to say than that a token is required
 */
export type Authenticate = (
  token: string | null,
  from: string,
  host: string | undefined,
) => Promise<Caller | null>;

/** Who was found out to make a request: the router asks, and the handler behind it once more. */
const known = new WeakMap<Request, Caller>();

/** @throws AppError `unauthorized`, `too_many_requests` */
export async function callerOf(request: Request, authenticate: Authenticate): Promise<Caller> {
  const before = known.get(request);
  if (before !== undefined) return before;
  const [, token = null] = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '') ?? [];
  const caller = await authenticate(token, addressOf(request), request.get('host'));
  if (caller === null) throw new AppError('unauthorized', 'a valid bearer token is required');
  known.set(request, caller);
  return caller;
}

/** @throws AppError `forbidden` */
export function requireAdmin({ role }: Caller): void {
  if (role !== 'admin') throw new AppError('forbidden', 'only an admin may do this');
}
