import type { Call } from './call.ts';
import type { ApiReply } from './reply.ts';
import { refuseInput } from './reply.ts';

/** GitLab leaves the totals out of longer lists. */
const longestCounted = 10_000;

/** One page of a list, with the headers GitLab gives. `page` from 1, `per_page` 20 unless asked, at most 100. */
export function paginate<T>(call: Call, items: readonly T[], present: (item: T) => unknown): ApiReply {
  const page = readNumber(call, 'page', 1);
  const perPage = Math.min(readNumber(call, 'per_page', 20), 100);
  const pages = Math.max(1, Math.ceil(items.length / perPage));
  const linkTo = (to: number): string => urlOf(call, to, perPage);
  const links = [
    page > 1 && `<${linkTo(page - 1)}>; rel="prev"`,
    page < pages && `<${linkTo(page + 1)}>; rel="next"`,
    `<${linkTo(1)}>; rel="first"`,
    items.length <= longestCounted && `<${linkTo(pages)}>; rel="last"`,
  ];
  const totals = { 'x-total': String(items.length), 'x-total-pages': String(pages) };
  return {
    status: 200,
    body: items.slice((page - 1) * perPage, page * perPage).map(present),
    headers: {
      link: links.filter((link) => link !== false).join(', '),
      'x-page': String(page),
      'x-per-page': String(perPage),
      'x-next-page': page < pages ? String(page + 1) : '',
      'x-prev-page': page > 1 ? String(page - 1) : '',
      ...(items.length <= longestCounted ? totals : {}),
    },
  };
}

function readNumber({ input }: Call, name: string, otherwise: number): number {
  const value = input[name];
  if (value === undefined || value === '') return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number)) throw refuseInput(`${name} is invalid`);
  return Math.max(1, number);
}

function urlOf({ baseUrl, url, input }: Call, page: number, perPage: number): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input)) {
    if (key === 'private_token' || key === 'access_token') continue;
    if (typeof value === 'string') query.append(key, value);
    if (Array.isArray(value)) for (const each of value) query.append(`${key}[]`, String(each));
  }
  query.set('page', String(page));
  query.set('per_page', String(perPage));
  return `${new URL(baseUrl).origin}${url.split('?')[0] ?? ''}?${query.toString()}`;
}
