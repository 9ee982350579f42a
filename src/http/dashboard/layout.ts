import type { Flash } from './flashes.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { PageRequest } from './authenticate-page.ts';
import { iconSymbols } from './icons.ts';
import { icon } from './parts.ts';
import { shortcutSheet } from './shortcuts.ts';
import { raw } from 'hono/html';

/** A page, as its handler returns it. */
export interface PageContent {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /** The address of its live updates; none for a static page. */
  readonly live?: string;
}

/** The addresses of what pages load, as `assets.ts` serves them. */
export interface AssetUrls {
  readonly css: string;
  readonly js: string;
  readonly icon: string;
}

interface Surroundings {
  readonly assets: AssetUrls;
  /** Null for pages without sign-in. */
  readonly visit: PageRequest | null;
  readonly flash: Flash | null;
  /** The service's time, in ISO 8601: the reader's clock may be wrong. */
  readonly now: string;
}

/** The pages that all others are reached from, in the order of the tabs. */
const places = [
  { path: '/', name: 'Triggers', isForAdmins: false },
  { path: '/statistics', name: 'Statistics', isForAdmins: true },
  { path: '/deliveries', name: 'Deliveries', isForAdmins: true },
  { path: '/hooks', name: 'Hooks', isForAdmins: true },
  { path: '/keys', name: 'Keys', isForAdmins: true },
  { path: '/audit', name: 'Audit', isForAdmins: true },
] as const;

const isWithin = (place: string, path: string): boolean =>
  place === '/'
    ? path === '/' || path.startsWith('/triggers/')
    : path === place || path.startsWith(`${place}/`);

function navigation({ request, caller, isSignedIn }: PageRequest): Html {
  const shown = places.filter(({ isForAdmins }) => !isForAdmins || caller.role === 'admin');
  const link = ({ path, name }: (typeof places)[number]): Html =>
    html`<li><a href="${path}" ${isWithin(path, request.path) && html`aria-current="page"`}>${name}</a></li>`;
  const signOut = html`<form method="post" action="/sign-out"><button class="small">Sign out</button></form>`;
  return html`<nav aria-label="Main" tabindex="-1">
      <ul>
        ${shown.map(link)}
      </ul>
    </nav>
    <div class="who">
      <button
        class="icon"
        popovertarget="shortcuts"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
      >
        ${icon('help')}
      </button>
      <span class="full" title="role: ${caller.role}"><bdi>${caller.id}</bdi></span>
      ${isSignedIn && signOut}
    </div>`;
}

/** A copy button is of use with a script only, which shows it. */
const copyButton = (id: string, what: string): Html =>
  html`<button class="small" data-copy="${id}" aria-label="Copy ${what}" hidden>
    ${icon('copy')} Copy
  </button>`;

/** A new key, and a request with it that is ready to be tried: the shell takes the address from its variable. */
function secretLines(secret: string): Html {
  const request = `curl --fail-with-body -H 'Authorization: Bearer ${secret}' "$PIPELINE_TRIGGER_URL/v1/triggers"`;
  return html`<p class="line">
      <code id="new-key" class="secret">${secret}</code> ${copyButton('new-key', 'the key')}
    </p>
    <div class="snippet">
      <pre tabindex="0" aria-label="A request with the key"><code id="new-request">${request}</code></pre>
      ${copyButton('new-request', 'the request')}
    </div>`;
}

const flashBox = ({ variant, text, secret }: Flash): Html =>
  html`<div
    class="flash ${variant}"
    role="${variant === 'bad' ? 'alert' : 'status'}"
    id="flash"
    tabindex="-1"
  >
    <p>${text}</p>
    ${secret !== undefined && secretLines(secret)}
  </div>`;

/** A page is at most 100 KB, including the frame around its body. */
const longestBody = 90_000;

/** The first of several forms of a body, from the longest to the shortest, that fits a page. */
export function fitting(forms: readonly (() => Html)[]): Html {
  for (const form of forms) {
    const body = form();
    if (Buffer.byteLength(body.toString()) <= longestBody) return body;
  }
  return html`<section class="empty">
    <h1>Too long to be shown</h1>
    <p>This would be more than a page holds. The API and <code>pipeline-trigger</code> show all of it.</p>
  </section>`;
}

/** The whole document around a page. */
export const layout = (page: PageContent, { assets, visit, flash, now }: Surroundings): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${page.title} · pipeline-trigger</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="${assets.icon}" type="image/svg+xml" />
        <link rel="stylesheet" href="${assets.css}" />
        <script type="module" src="${assets.js}"></script>
      </head>
      <body data-now="${now}" ${page.live !== undefined && html`data-live="${page.live}"`}>
        <svg class="sprite" aria-hidden="true">${raw(iconSymbols)}</svg>
        <a class="skip" href="#content">Skip to content</a>
        <header class="top">
          <a class="brand" href="/"
            ><img src="${assets.icon}" alt="" width="22" height="22" />pipeline-trigger</a
          >
          ${visit !== null && navigation(visit)}
        </header>
        <main id="content" tabindex="-1">${flash !== null && flashBox(flash)} ${page.body}</main>
        <p id="announcer" class="unseen" role="status"></p>
        ${visit !== null && shortcutSheet}
      </body>
    </html>`;
