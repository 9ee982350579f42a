import type { Html } from './html.ts';
import { html } from './html.ts';

/** A link to GitLab where its address is one of the web: what a hook brought may also be a script. */
export const safeLink = (url: string | null, text: string): Html =>
  url !== null && /^https?:\/\//i.test(url)
    ? html`<a href="${url}" rel="noreferrer"><bdi>${text}</bdi></a>`
    : html`<bdi>${text}</bdi>`;
