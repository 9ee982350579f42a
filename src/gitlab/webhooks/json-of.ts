import { isClosed, isWithinBounds } from '../../platform/json-bounds.ts';

/**
 * GitLab's webhooks have an item for each 28 bytes, so 190,000 in the 5 MiB that a body may have, and a fifth as many objects.
 * Other bodies can take seconds to parse, and a gigabyte of memory.
 */
const bounds = { items: 200_000, groups: 100_000 };

const decoders = {
  fatal: new TextDecoder('utf-8', { fatal: true }),
  lenient: new TextDecoder('utf-8'),
} as const;

/**
 * The body of a webhook; undefined when it is too complex to be parsed.
 * @param fatal whether bytes that are no UTF-8 are an error
 * @throws SyntaxError, TypeError
 */
export function jsonOf(body: Buffer, { fatal } = { fatal: true }): unknown {
  if (isWithinBounds(body, bounds))
    return JSON.parse(decoders[fatal ? 'fatal' : 'lenient'].decode(body)) as unknown;
  if (!isClosed(body)) throw new SyntaxError('the body ends within a value');
  return undefined;
}
