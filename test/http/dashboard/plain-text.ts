import type { Html } from '../../../src/http/dashboard/html.ts';

/** What a reader sees of markup: its text in one line, without the signs. */
export const plainText = (markup: Html | false): string =>
  markup === false
    ? ''
    : markup
        .toString()
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim();
