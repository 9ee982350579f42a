import type { Request } from 'express';
import { AppError } from '../domain/error.ts';

/** Who calls. An admin may do everything, others see and steer their own triggers. */
export interface Caller {
  readonly id: string;
  readonly isAdmin: boolean;
}

/** Who a bearer token stands for; null for nobody. */
export type Authenticate = (token: string | null) => Caller | null;

/** @throws AppError `unauthorized` */
export function callerOf(request: Request, authenticate: Authenticate): Caller {
  const [, token = null] = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '') ?? [];
  const caller = authenticate(token);
  if (caller === null) throw new AppError('unauthorized', 'a valid bearer token is required');
  return caller;
}

/** @throws AppError `forbidden` */
export function requireAdmin(caller: Caller): void {
  if (!caller.isAdmin) throw new AppError('forbidden', 'only an admin may do this');
}
