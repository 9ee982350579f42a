import type { Request } from 'express';
import { z } from 'zod';
import { parseInput } from '../../api/parse-input.ts';

/**
 * Parses the query of a request by its schema. The last one of a repeated parameter counts, unknown ones are ignored.
 * @throws AppError `invalid`
 */
export function readQuery<Schema extends z.ZodObject>(request: Request, schema: Schema): z.output<Schema> {
  const given = Object.keys(schema.shape).map((name) => [name, lastOf(request.query[name])]);
  return parseInput(schema, Object.fromEntries(given));
}

const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

/**
 * Parses the headers that a schema names.
 * @throws AppError `invalid`
 */
export function readHeaders<Schema extends z.ZodObject>(request: Request, schema: Schema): z.output<Schema> {
  const given = Object.keys(schema.shape).map((name) => [name, request.get(name)]);
  return parseInput(schema, Object.fromEntries(given));
}

/** A parameter that is a whole number within the bounds, in decimal digits and nothing else. */
export function wholeNumber({ min, max }: { readonly min: number; readonly max: number }) {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : text),
    z.int(error).min(min, error).max(max, error),
  );
}

/** A parameter with a few allowed words. */
export const choice = <const Choice extends string>(...choices: readonly Choice[]) =>
  z.enum(choices, `expected one of ${choices.join(', ')}`);

/** A parameter that is true when it is `1`. */
export const flag = () =>
  z
    .string()
    .optional()
    .transform((text) => text === '1');

/** A parameter with the beginning of an id. */
export const idPrefix = (kind: string) =>
  z
    .string()
    .regex(new RegExp(`^${kind}_[\\da-f]{0,32}$`), `expected the beginning of an id: ${kind}_…`)
    .optional()
    .meta({ description: 'Only those whose id begins so.' });

/** The size of a page, and where it starts. */
export const pageQuery = {
  limit: wholeNumber({ min: 1, max: 200 })
    .default(50)
    .meta({ description: 'How many at most.', override: { default: 50 } }),
  cursor: z.string().optional().meta({ description: 'The `nextCursor` of the page before.' }),
};

/** One page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'Gives the next page; null on the last one.' }),
  });
