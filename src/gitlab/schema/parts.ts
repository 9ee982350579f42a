import { z } from 'zod';
import { plainLine } from '../../domain/terminal-text.ts';

/** A number; some senders write it as text. */
export const id = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().int().positive());

/** Optional text, on one line. */
export const text = z.string().transform(plainLine).nullish().catch(null);

/** An optional link, unchanged: GitLab writes none with a line break. */
export const link = z.string().nullish().catch(null);

/** Required text, on one line. */
export const name = z.string().transform(plainLine);

/** GitLab's word for a status: only such words may be written to lines of text and files of variables. */
export const word = z.string().regex(/^[A-Za-z_]{1,100}$/);

/** Whether a link, if given, has GitLab's form: no character that could break out of a line or an attribute. */
export const isLink = (url: string | null | undefined): boolean =>
  url == null || url === '' || (/^https?:\/\/[^\s"'<>\\`]+$/.test(url) && plainLine(url) === url);

/** An optional id. */
export const idIfAny = id.nullish().catch(null);

/** The project that a hook is about. */
export const project = z
  .object({ id: idIfAny, web_url: link, path_with_namespace: text })
  .nullish()
  .catch(null);

const projectNames = z.object({ project, project_id: idIfAny });

/** The project that the body of a hook names; null when it names none, or two. */
export function projectIdIn(body: unknown): number | null {
  const named = projectNames.safeParse(body).data;
  const ids = [named?.project?.id, named?.project_id].filter((each) => each != null);
  const [first = null] = ids;
  return ids.every((each) => each === first) ? first : null;
}

/** `2016-08-12 15:23:28 UTC` and `2021-04-28 21:50:00 +0200`, as GitLab's hooks write times. */
const spaced = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) (UTC|[+-]\d{2}:?\d{2})$/;

/**
 * A time in a hook in any of GitLab's forms, ISO 8601 among them.
 * @returns milliseconds since the epoch; null for none, or one that cannot be read
 */
export function readDate(text: string | null | undefined): number | null {
  if (text == null) return null;
  const [, date, time, zone] = spaced.exec(text) ?? [];
  const iso = date === undefined ? text : `${date}T${time ?? ''}${isoZone(zone ?? 'UTC')}`;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

const isoZone = (zone: string): string =>
  zone === 'UTC' ? 'Z' : zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
