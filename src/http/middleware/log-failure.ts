import type { Request } from 'express';
import type { Log } from '../../app/ports/index.ts';
import { messageOf } from '../../domain/error.ts';
import { idsIn } from '../../domain/ids.ts';
import { requestIdOf } from './request-id.ts';

/** A line of the log about a request that we could not answer as we should: what is ours to mend. */
export function logFailure(log: Pick<Log, 'error'>, request: Request, error: unknown, message: string): void {
  const { method, path } = request;
  log.error(
    { requestId: requestIdOf(request), method, path, ...idsIn(path), error: messageOf(error) },
    message,
  );
}
