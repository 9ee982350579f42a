import type { Requester } from './requester.ts';

/** The most rows of one page. */
export const perPage = 100;
/** GitLab ends a list at 50,000 rows; this limit is for a gateway that repeats a page. */
const mostPages = 1_000;

/**
 * The rows of every page of a list. After a full page without headers, which a proxy may drop, the next page is read.
 */
export async function everyPage(
  requester: Pick<Requester, 'get'>,
  path: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const { body, headers } = await requester.get(path, { searchParams: { perPage, page, ...more } });
    const shown = rowsIn(body);
    rows.push(...shown);
    if (!hasNext(headers, shown.length)) break;
  }
  return rows;
}

function hasNext(headers: Readonly<Record<string, string>>, rows: number): boolean {
  const { 'x-next-page': next, link } = headers;
  if (next !== undefined) return next !== '';
  return link === undefined ? rows >= perPage : /rel="?next"?/.test(link);
}

/** @throws TypeError when it is no list, as in a gateway's answer */
function rowsIn(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) throw new TypeError('not a list');
  return body;
}
