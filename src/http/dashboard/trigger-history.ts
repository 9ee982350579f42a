import type { HistoryEntry } from '../../app/diagnostics/show-history.ts';
import type { HistoryKind } from '../../domain/trigger/describe-history.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { timeAgo } from './time.ts';

/** Further entries are shown on request only. */
const mostEntries = 100;

/** The subject of a line, in a word. */
const nameOf = {
  request: 'start',
  user_request: 'request',
  delivery: 'hook',
  start: 'start',
  read: 'read',
  approval: 'approval',
  state: 'state',
  status: 'pipeline',
  job: 'job',
  play: 'play',
  retry: 'retry',
  cancel: 'cancel',
  report: 'report',
  decision: 'outcome',
  answer: 'answer',
} as const satisfies Record<HistoryKind, string>;

/** A delivery is the subject of its own line, and the cause of others. */
function because({ kind, because: why, deliveryId }: HistoryEntry, mayOpen: boolean): Html | false {
  if (kind !== 'delivery' && why === null) return false;
  const text = kind === 'delivery' ? 'show' : (why ?? '');
  const isLink = deliveryId !== null && mayOpen;
  if (kind === 'delivery' && !isLink) return false;
  return html`<span class="note"
    >${isLink ? html`<a href="/deliveries/${deliveryId}">${text}</a>` : text}</span
  >`;
}

interface HistoryOptions {
  readonly now: number;
  /** The address of the page with the whole history; null on that page. */
  readonly more: string | null;
  /** Whether the reader may open deliveries. */
  readonly mayOpen: boolean;
  /** How many lines fit. */
  readonly most: number;
}

/** What happened to a trigger, and why, the latest first. */
export function triggerHistory(
  entries: readonly HistoryEntry[],
  { now, more, mayOpen, most }: HistoryOptions,
): Html {
  const shown = entries.slice(more === null ? -most : -Math.min(mostEntries, most));
  const line = (entry: HistoryEntry): Html =>
    html`<li class="${entry.kind}">
      ${timeAgo(entry.until ?? entry.at, now)}
      <span class="kind">${nameOf[entry.kind]}</span>
      <span class="what"
        ><bdi>${brief(entry.text, 300)}</bdi>
        ${entry.count > 1 && html`<span class="note">${entry.count} times</span>`}
        ${because(entry, mayOpen)}</span
      >
    </li>`;
  return html`<section id="timeline" data-part aria-labelledby="timeline-heading">
    <h2 id="timeline-heading">Timeline</h2>
    <ol class="timeline" reversed>
      ${shown.toReversed().map(line)}
    </ol>
    ${shown.length < entries.length && more !== null && html`<p><a href="${more}">Show all ${entries.length} entries</a></p>`}
  </section>`;
}
