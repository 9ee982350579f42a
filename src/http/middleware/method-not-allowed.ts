import type { RequestHandler } from 'express';
import { problem } from './problem.ts';
import { reply } from './reply.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Answers what a path is asked by other methods than its own; stands after those. */
export function methodNotAllowed(...methods: readonly Method[]): RequestHandler {
  // Express answers HEAD wherever it answers GET.
  const allow = methods
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .toSorted()
    .join(', ');
  const detail = `this path knows ${allow} only`;
  const answer = problem(
    { code: 'method_not_allowed', status: 405, title: 'Method not allowed', detail },
    {},
    { allow },
  );
  return reply(() => answer);
}
