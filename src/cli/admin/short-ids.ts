import { Failure } from '../../client/errors.ts';
import type { ServiceApi } from './service.ts';

/** The ids that a command line may shorten, each with the list in which they are found. */
const kinds = {
  trigger: { prefix: 'trg_', list: '/v1/triggers?state=all' },
  delivery: { prefix: 'dlv_', list: '/v1/deliveries?' },
} as const;

/** The digits of a whole id. */
const digits = 32;
/** Enough for the ids of a year, as a rule. */
const leastShown = 8;

/**
 * The whole id that the operator means by its beginning, with or without the kind in front of it. What cannot be an id is
 * left for the service to refuse.
 * @throws Failure when several ids begin so
 */
export async function wholeId(
  { get }: Pick<ServiceApi, 'get'>,
  kind: keyof typeof kinds,
  given: string,
): Promise<string> {
  const { prefix, list } = kinds[kind];
  const hex = given.startsWith(prefix) ? given.slice(prefix.length) : given;
  if (!/^[\da-f]+$/.test(hex) || hex.length >= digits) return given;
  const { items } = (await get(`${list}&limit=3&id=${prefix}${hex}`)) as {
    readonly items: readonly { readonly id: string }[];
  };
  const [found, ...others] = items.map(({ id }) => id);
  if (found === undefined) throw new Failure(`there is no such ${kind}`);
  if (others.length > 0)
    throw new Failure(
      `${given} is the beginning of several ids, ${shortIds([found, ...others]).join(', ')}: give more of it`,
    );
  return found;
}

/** Ids as short as they can be and still differ, and no shorter than a person needs to find one again. */
export function shortIds(ids: readonly string[]): readonly string[] {
  const unique = [...new Set(ids)];
  const whole = Math.max(...ids.map((id) => id.length), 0);
  for (let length = 'trg_'.length + leastShown; length < whole; length += 1)
    if (new Set(unique.map((id) => id.slice(0, length))).size === unique.length)
      return ids.map((id) => id.slice(0, length));
  return ids;
}
