import { z } from 'zod';
import { plainLine } from '../../domain/terminal-text.ts';

/** A number; some senders write it as text. */
export const id = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().int().positive());

/** Text that we can do without, on one line. */
export const text = z.string().transform(plainLine).nullish().catch(null);

/** A link that we can do without, as it came: one that does not fit on a line is none of GitLab's. */
export const link = z.string().nullish().catch(null);

/** Text that must be there, on one line. */
export const name = z.string().transform(plainLine);

/** GitLab's word for where something stands: nothing else may get into lines of text and files of variables. */
export const word = z.string().regex(/^[A-Za-z_]{1,100}$/);

/** Whether a link, if there is one, is as GitLab writes them: nothing that could break out of a line or an attribute. */
export const isLink = (url: string | null | undefined): boolean =>
  url == null || url === '' || (/^https?:\/\/[^\s"'<>\\`]+$/.test(url) && plainLine(url) === url);

/** An id that we can do without. */
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

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
