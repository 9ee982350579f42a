import type { ErrorCode } from '../../domain/error.ts';
import { AppError } from '../../domain/error.ts';

/** Answers, to somebody who asked for what he cannot have: nothing has failed. */
const answers = new Set<ErrorCode>([
  'invalid',
  'unauthorized',
  'forbidden',
  'not_found',
  'pruned',
  'key_reused',
  'unsupported_media_type',
  'too_large',
  'too_many_requests',
]);

/** What kind of failure an error is, in one word without any of its own, and whether something failed at all. */
export function errorType(error: unknown): { readonly kind: string; readonly isOurs: boolean } {
  if (error instanceof AppError) return { kind: error.code, isOurs: !answers.has(error.code) };
  if (!(error instanceof Error)) return { kind: 'unknown', isOurs: true };
  return { kind: codeOf(error) ?? codeOf(error.cause) ?? error.name, isOurs: true };
}

/** Such as ECONNREFUSED, which fetch puts below its own error. */
function codeOf(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : null;
}
