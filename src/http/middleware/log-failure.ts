import type { Request } from 'express';
import type { Log } from '../../app/ports/index.ts';
import { messageOf } from '../../domain/error.ts';
import { idsIn } from '../../domain/ids.ts';
import { requestIdOf } from './request-id.ts';

/** Logs a request that failed by a fault of the service. */
export function logFailure(log: Pick<Log, 'error'>, request: Request, error: unknown, message: string): void {
  const { method, path } = request;
  log.error(
    { requestId: requestIdOf(request), method, path, ...idsIn(path), error: messageOf(error) },
    message,
  );
}
