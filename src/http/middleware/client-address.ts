import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import type { Actor, Caller } from '../../domain/access/caller.ts';
import { requestIdOf } from './request-id.ts';

/** Where a request came from: the connection's other end, or what a trusted proxy says it is. */
export const addressOf = (request: Request): string => withoutMapping(request.ip ?? 'unknown');

/** Over a socket for both, IPv4 addresses are written as IPv6 ones. */
const withoutMapping = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** Whom an address belongs to: with IPv6 everyone has a network of 64 bits to take addresses from. */
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

/** Who has something done, and from where. */
export const actorOf = (request: Request, { id }: Caller): Actor => ({
  id,
  from: addressOf(request),
  requestId: requestIdOf(request),
});
