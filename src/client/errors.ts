import { networkErrorCode } from '../domain/http.ts';
import { isRecord } from '../domain/json.ts';

/** The command ends here, with one line in the log. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}

/** The detail of a problem document (RFC 9457); null when the answer is not the service's. */
export function detailIn(body: unknown): string | null {
  const { detail, title } = isRecord(body) ? body : {};
  if (typeof detail === 'string') return detail;
  return typeof title === 'string' ? title : null;
}

/** The cause of fetch's "fetch failed". */
export function whatFailed(error: Error): string {
  if (error.name === 'TimeoutError') return 'no answer in time';
  const code = networkErrorCode(error);
  if (code !== null) return code;
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}
