import type { Requester } from './requester.ts';

/** The most that GitLab gives on one page. */
export const perPage = 100;
/** GitLab itself ends a list by its offset at 50,000 rows; this is for something in between that repeats a page. */
const mostPages = 1_000;

/**
 * The rows of every page of a list. A full page without a word on the next one, as after a proxy that drops the headers,
 * is asked past.
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

/** @throws TypeError when it is no list, as an answer of something in between */
function rowsIn(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) throw new TypeError('not a list');
  return body;
}
