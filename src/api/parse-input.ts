import type { z } from 'zod';
import { AppError } from '../domain/error.ts';
import { clip } from '../domain/text.ts';

/** What is said of a request that is wrong in many places, or whose names are long: the caller has it before them. */
const mostIssues = 5;
const longestPart = 200;

/**
 * Reads what a caller sent as its schema says.
 * @throws AppError `invalid` naming what is wrong, never its value
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { issues } = result.error;
  const shown = issues
    .slice(0, mostIssues)
    .map((issue) =>
      [clip(issue.path.map(String).join('.'), longestPart), clip(messageOf(issue), longestPart)]
        .filter(Boolean)
        .join(': '),
    );
  const left = issues.length - shown.length;
  throw new AppError('invalid', [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('; '));
}

/** Of a name in a record zod says only that it is wrong; what is wrong with it lies within. */
const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
