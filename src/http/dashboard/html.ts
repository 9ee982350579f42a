import { html as template, raw } from 'hono/html';
import { clip } from '../../domain/text.ts';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Markup: values were escaped, unless they were markup themselves. */
export type Html = HtmlEscapedString;

/** The values that markup takes. Text is escaped; false, null and undefined are left out. */
type Value = string | number | false | null | undefined | Html | readonly Value[];

/** A foreign text in a list, cut: names can have any length. */
export const brief = (text: string, longest = 100): string => clip(text, longest);

/** A template of markup. Takes no promises and no objects: it is synchronous, and safe from injection. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html =>
  template(strings, ...values) as Html;

/** The same without the spaces by which its source is indented: of use where a page has very many of it. */
export const dense = (markup: Html): Html =>
  raw(
    markup
      .toString()
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ (?=[/]?>)/g, ''),
  );

/** A link to GitLab, for web addresses only: the address in a webhook may also be a script. */
export const safeLink = (url: string | null, text: string): Html =>
  url !== null && /^https?:\/\//i.test(url)
    ? html`<a href="${url}" rel="noreferrer"><bdi>${text}</bdi></a>`
    : html`<bdi>${text}</bdi>`;
