import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import type { Actor, Caller } from '../../domain/access/caller.ts';
import { requestIdOf } from './request-id.ts';

/** The address of a request's client: the other end of the connection, or the one that a trusted proxy names. */
export const addressOf = (request: Request): string => withoutMapping(request.ip ?? 'unknown');

/** A socket for both families writes IPv4 addresses as IPv6 ones. */
const withoutMapping = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The unit that limits count by: with IPv6 a client has a whole network of 64 bits. */
export function networkOf(given: string): string {
  const address = withoutMapping(given);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** The actor of a request, and its address. */
export const actorOf = (request: Request, { id, person }: Caller): Actor => ({
  id,
  ...(person === undefined ? {} : { userId: person.userId }),
  from: addressOf(request),
  requestId: requestIdOf(request),
});
