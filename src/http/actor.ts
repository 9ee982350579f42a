import type { Request } from 'express';
import type { Actor, Caller } from '../domain/caller.ts';

/** Where a request came from: the connection's other end, or what a trusted proxy says it is. */
export const addressOf = (request: Request): string =>
  // Over a socket for both, IPv4 addresses are written as IPv6 ones.
  (request.ip ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');

/** Who has something done, and from where. */
export const actorOf = (request: Request, { id }: Caller): Actor => ({ id, from: addressOf(request) });
