import type { Request } from 'express';
import { AppError } from '../domain/error.ts';

/** The last value of a query parameter; null when it is not given. */
export function queryOf(request: Request, name: string): string | null {
  const value: unknown = request.query[name];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : null;
}

/** @throws AppError `invalid` when it is given and not a whole number within the bounds */
export function numberQuery(
  request: Request,
  name: string,
  { min, max, or }: { min: number; max: number; or: number },
): number {
  const text = queryOf(request, name);
  if (text === null) return or;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new AppError('invalid', `${name}: expected a whole number from ${min} to ${max}`);
}

/** @throws AppError `invalid` when it is given and not one of the choices */
export function choiceQuery<Choice extends string>(
  request: Request,
  name: string,
  choices: readonly Choice[],
  or: Choice,
): Choice {
  const text = queryOf(request, name);
  if (text === null) return or;
  const chosen = choices.find((choice) => choice === text);
  if (chosen === undefined) throw new AppError('invalid', `${name}: expected one of ${choices.join(', ')}`);
  return chosen;
}
