import { z } from 'zod';

/** A number; some senders write it as text. */
export const id = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().int().positive());

/** Text that we can do without. */
export const text = z.string().nullish().catch(null);

/** An id that we can do without. */
export const idIfAny = id.nullish().catch(null);

/** The project that a hook is about. */
export const project = z
  .object({ id: idIfAny, web_url: text, path_with_namespace: text })
  .nullish()
  .catch(null);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
