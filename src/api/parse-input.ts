import type { z } from 'zod';
import { AppError } from '../domain/error.ts';
import { clip } from '../domain/text.ts';

/** The longest message about a request with many errors or long names: the caller has the request itself. */
const mostIssues = 5;
const longestPart = 200;

/**
 * Parses a caller's input by its schema.
 * @throws AppError `invalid` naming what is wrong, never its value
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input, { error: (issue) => plainWords(issue) });
  if (result.success) return result.data;
  const { issues } = result.error;
  const lines = issues
    .slice(0, mostIssues)
    .map((issue) => [placeOf(issue), clip(messageOf(issue), longestPart)].filter(Boolean).join(': '));
  const more = issues.length > mostIssues ? [`and ${issues.length - mostIssues} more`] : [];
  throw new AppError('invalid', [...lines, ...more].join('; '));
}

const placeOf = ({ path }: z.core.$ZodIssue): string => shown(path.map(String).join('.'));

/** Names of members may be the caller's own: they are cut, and shown on one line. */
const shown = (name: string): string => clip(name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '), longestPart);

/** For a name in a record zod reports only that it is wrong; the issue within says why. */
const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;

type RawIssue = z.core.$ZodRawIssue;

/** The error in the terms of the request; undefined keeps zod's message. */
function plainWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `expected ${kindOf(issue.expected)}`;
    case 'invalid_value':
      return `expected ${listOf(issue.values.map(String))}`;
    case 'unrecognized_keys': {
      const names = issue.keys.slice(0, mostIssues).map(shown);
      return `there is no member ${listOf(names)} here`;
    }
    case 'too_small':
      return issue.inclusive === false
        ? `expected a number above ${issue.minimum}`
        : boundOf(issue.origin, Number(issue.minimum), 'at least');
    case 'too_big':
      return boundOf(issue.origin, Number(issue.maximum), 'at most');
    case 'invalid_format':
      return issue.format === 'url' ? 'expected an http or https URL' : 'is not in the form that is expected';
    case 'invalid_union':
      return 'is of none of the kinds that are expected';
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
      return undefined;
  }
}

/** Zod's names of types, as JSON has them. */
const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const kindOf = (expected: string): string => kinds[expected] ?? 'something else';

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** @param bound `at least` or `at most` */
function boundOf(origin: string, limit: number, bound: string): string {
  if (origin === 'string')
    return bound === 'at least' && limit === 1
      ? 'must not be empty'
      : `expected ${bound} ${limit} characters`;
  if (origin === 'array') return `expected ${bound} ${limit} of them`;
  return `expected a number of ${bound} ${limit}`;
}
