import type { z } from 'zod';
import { AppError } from '../domain/error.ts';

/**
 * Reads what a caller sent as its schema says.
 * @throws AppError `invalid` naming what is wrong, never its value
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) =>
    [path.map(String).join('.'), message].filter(Boolean).join(': '),
  );
  throw new AppError('invalid', issues.join('; '));
}
