import type { Html } from './html.ts';
import { html } from './html.ts';

/** The keys that `dashboard.js` listens to. */
const shortcuts = [
  ['Search', ['/']],
  ['Next, previous row', ['j', 'k']],
  ['Open the row', ['Enter']],
  ['Tick the row', ['x']],
  ['Triggers', ['g', 't']],
  ['Statistics', ['g', 's']],
  ['Deliveries', ['g', 'd']],
  ['Hooks', ['g', 'h']],
  ['Previous, next failed job', ['[', ']']],
  ['Open in GitLab', ['o']],
  ['Retry failed jobs (asks first)', ['r']],
  ['Play or approve (asks first)', ['p']],
  ['Logs', ['l']],
  ['Timeline', ['t']],
  ['Back to the list', ['u']],
  ['This sheet', ['?']],
  ['Close', ['Esc']],
] as const satisfies readonly (readonly [string, readonly string[]])[];

/** The help for the keyboard. A popover: its button needs no script. */
export const shortcutSheet: Html = html`<div
  class="sheet"
  id="shortcuts"
  popover
  role="dialog"
  aria-labelledby="shortcuts-heading"
>
  <div class="line">
    <h2 id="shortcuts-heading">Keyboard shortcuts</h2>
    <button class="small" popovertarget="shortcuts" popovertargetaction="hide">Close</button>
  </div>
  <dl>
    ${shortcuts.map(
      ([what, keys]) =>
        html`<div>
          <dt>${what}</dt>
          <dd>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dd>
        </div>`,
    )}
  </dl>
  <p class="line">
    <label><input type="checkbox" id="no-shortcuts" /> Off in this browser</label>
  </p>
</div>`;
