import { html as template } from 'hono/html';
import { clip } from '../../domain/text.ts';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Markup: what came into it was escaped, unless it was markup itself. */
export type Html = HtmlEscapedString;

/** What may stand in markup. Text is escaped; false, null and undefined are left out. */
type Value = string | number | false | null | undefined | Html | readonly Value[];

/** A text that somebody else made, as a list shows it: names can be as long as their makers like. */
export const brief = (text: string, longest = 100): string => clip(text, longest);

/** A template of markup. Takes no promises and no objects: it is synchronous, and safe from injection. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html =>
  template(strings, ...values) as Html;

/** A link to GitLab where its address is one of the web: what a hook brought may also be a script. */
export const safeLink = (url: string | null, text: string): Html =>
  url !== null && /^https?:\/\//i.test(url)
    ? html`<a href="${url}" rel="noreferrer"><bdi>${text}</bdi></a>`
    : html`<bdi>${text}</bdi>`;
