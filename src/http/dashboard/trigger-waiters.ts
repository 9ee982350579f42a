import type { PresenceGroup } from '../../app/diagnostics/presence.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { timeAgo } from './time.ts';

/** Of thousands nobody reads more. */
const mostLines = 50;

/** Who waits for a trigger. Where people are is for admins. */
export function triggerWaiters(
  groups: readonly PresenceGroup[],
  { now, withAddresses }: { readonly now: number; readonly withAddresses: boolean },
): Html {
  const line = ({ caller, from, count, since }: PresenceGroup): Html =>
    html`<li>
      <bdi>${caller}</bdi> ${withAddresses && html`<span class="note">at ${from}</span>`}
      ${count > 1 && html`<span class="note">${count} requests</span>`}
      <span class="note">since ${timeAgo(since, now)}</span>
    </li>`;
  const nobody = html`<p class="note">
    No caller is waiting now. Callers that ask later get the outcome as well.
  </p>`;
  return html`<section id="waiters" data-part aria-labelledby="waiters-heading">
    <h2 id="waiters-heading">Waiting callers</h2>
    ${
      groups.length === 0
        ? nobody
        : html`<ul class="waiters">
              ${groups.slice(0, mostLines).map(line)}
            </ul>
            ${groups.length > mostLines && html`<p class="note">and ${groups.length - mostLines} more</p>`}`
    }
  </section>`;
}
