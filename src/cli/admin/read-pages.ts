import type { ServiceApi } from './service.ts';

const largestPage = 200;

/**
 * The items of a list over its pages, up to a number.
 * @param path with its query, which may be empty
 */
export async function readPages<T>(
  { get }: Pick<ServiceApi, 'get'>,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  limit: number,
): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const given = { ...query, limit: String(Math.min(limit - items.length, largestPage)), cursor };
    const set = Object.entries(given).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    const page = (await get(`${path}?${new URLSearchParams(set).toString()}`)) as {
      readonly items: readonly T[];
      readonly nextCursor: string | null;
    };
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return items;
}
