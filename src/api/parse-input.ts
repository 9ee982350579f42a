import type { z } from 'zod';
import { AppError } from '../domain/error.ts';

/**
 * Reads what a caller sent as its schema says.
 * @throws AppError `invalid` naming what is wrong, never its value
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) =>
    [issue.path.map(String).join('.'), messageOf(issue)].filter(Boolean).join(': '),
  );
  throw new AppError('invalid', issues.join('; '));
}

/** Of a name in a record zod says only that it is wrong; what is wrong with it lies within. */
const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
