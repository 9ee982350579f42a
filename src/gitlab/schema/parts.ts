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

/** GitLab is younger, and no service runs for so long: other times are mistakes, or made up. */
const [earliest, latest] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

const plausibleDate = (text: string | null | undefined): number | null => {
  const at = readDate(text);
  return at !== null && at >= earliest && at < latest ? at : null;
};

/** When a job ran. What cannot be is left out: a hook may say anything. */
export function jobTimes(
  started: string | null | undefined,
  finished: string | null | undefined,
): { readonly startedAt?: number; readonly finishedAt?: number } {
  const [startedAt, finishedAt] = [plausibleDate(started), plausibleDate(finished)];
  if (startedAt === null) return {};
  return finishedAt === null || finishedAt < startedAt ? { startedAt } : { startedAt, finishedAt };
}

const isoZone = (zone: string): string =>
  zone === 'UTC' ? 'Z' : zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
