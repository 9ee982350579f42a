import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { IconName } from './icons.ts';

/** The colour of a state. It stands beside a sign and a word: colour alone is not accessible. */
export type Tone = 'good' | 'bad' | 'busy' | 'soon' | 'held' | 'idle';

/** An icon in a line of text. The page has its shapes; `IconName` lists those that there are. */
export const icon = (name: IconName, more = ''): Html =>
  html`<svg class="i ${more}" aria-hidden="true"><use href="#i-${name}" /></svg>`;

/** A state as a sign alone: its word has to be beside it, for screen readers at least. */
export const mark = (tone: Tone, name: IconName): Html =>
  html`<span class="mark ${tone}">${icon(name, name === 'running' ? 'spin' : '')}</span>`;

/** A short remark about the thing before it. */
export const tag = (text: string): Html => html`<span class="tag">${text}</span>`;

interface CardOptions {
  /** Of the section; its heading is `id`-heading. */
  readonly id: string;
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: Html | false;
  /** Replaced when the page is brought up to date. */
  readonly isLive?: boolean;
}

/** A part of a page with a heading. What it holds brings its own padding: `.body` is for text. */
export const card = ({ id, title, aside = false, isLive = true }: CardOptions, content: Html): Html =>
  html`<section class="card frame" id="${id}" ${isLive && html`data-part`} aria-labelledby="${id}-heading">
    <header>
      <h2 id="${id}-heading">${title}</h2>
      ${aside}
    </header>
    ${content}
  </section>`;

/** A project's path: the namespace soft, the last part strong; of several levels only the first. */
export function projectName(path: string): Html {
  const parts = brief(path).split('/');
  const leaf = parts.pop() ?? '';
  const space = parts.length > 1 ? `${parts[0] ?? ''}/…/` : parts.map((part) => `${part}/`).join('');
  return html`<bdi
    >${space !== '' && html`<span class="space">${space}</span>`}<span class="leaf">${leaf}</span></bdi
  >`;
}

/** A branch or tag. */
export const refName = (ref: string): Html =>
  html`<span class="ref" title="${brief(ref)}"
    ><span><bdi>${brief(ref)}</bdi></span></span
  >`;

/** A pipeline's number, with a link to GitLab where there is one: the address in a webhook may also be a script. */
export const pipelineLink = (id: number, url: string | null): Html =>
  url !== null && /^https?:\/\//i.test(url)
    ? html`<a class="out" href="${url}" rel="noreferrer" aria-label="Pipeline ${id} in GitLab"
        >#${id} ${icon('out')}</a
      >`
    : html`<span class="out">#${id}</span>`;
