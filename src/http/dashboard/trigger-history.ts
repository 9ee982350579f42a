import type { HistoryEntry } from '../../app/diagnostics/show-history.ts';
import type { HistoryKind } from '../../domain/trigger/describe-history.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { longDuration } from './durations.ts';
import { card, icon, mark, tag } from './parts.ts';
import type { Look } from './statuses.ts';

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

/** The sign of a line. */
const lookOf = {
  request: ['idle', 'person'],
  user_request: ['idle', 'person'],
  delivery: ['idle', 'webhook'],
  start: ['good', 'success'],
  read: ['idle', 'eye'],
  approval: ['held', 'approval'],
  state: ['idle', 'created'],
  status: ['busy', 'live'],
  job: ['soon', 'live'],
  play: ['idle', 'manual'],
  retry: ['idle', 'retry'],
  cancel: ['idle', 'canceled'],
  report: ['idle', 'out'],
  decision: ['idle', 'chevron'],
  answer: ['idle', 'chevron'],
} as const satisfies Record<HistoryKind, Look>;

/** What a person did, and what was decided for good, is to be found quickly. */
const keyKinds: ReadonlySet<HistoryKind> = new Set(['decision', 'approval', 'play', 'user_request']);

/** How it is known: by the delivery that brought it, or in words. */
function because({ kind, because: why, deliveryId }: HistoryEntry, mayOpen: boolean): Html | false {
  if (kind !== 'delivery' && why === null) return false;
  const text = kind === 'delivery' ? 'show' : (why ?? '');
  const isLink = deliveryId !== null && mayOpen;
  if (kind === 'delivery' && !isLink) return false;
  return html`<span class="by"
    >${isLink ? html`<a href="/deliveries/${deliveryId}">${text}</a>` : text}</span
  >`;
}

interface HistoryOptions {
  /** When the trigger was requested: offsets are from there. */
  readonly from: number;
  /** The address of the page with the whole history; null on that page. */
  readonly more: string | null;
  /** Whether the reader may open deliveries. */
  readonly mayOpen: boolean;
  /** How many lines fit. */
  readonly most: number;
}

const clockTime = (at: number): Html => {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" data-clock title="${iso}">${iso.slice(11, 19)}</time>`;
};

/** What one delivery changed in one moment is one line. */
function merged(entries: readonly HistoryEntry[]): readonly (readonly HistoryEntry[])[] {
  const groups: HistoryEntry[][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    const first = last?.[0];
    const isSame =
      first !== undefined &&
      entry.deliveryId !== null &&
      first.deliveryId === entry.deliveryId &&
      first.at === entry.at &&
      first.kind === entry.kind;
    if (isSame) last?.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

const longestLine = 300;

function historyLine(entries: readonly HistoryEntry[], { from, mayOpen }: HistoryOptions): Html {
  const [entry] = entries;
  if (entry === undefined) return html``;
  const { kind, at, until, count } = entry;
  const [tone, name] = lookOf[kind];
  const text = entries.map((each) => each.text).join(', ');
  return html`<li data-kind="${kind}">
    ${clockTime(until ?? at)}
    <span class="offset n">+${longDuration((until ?? at) - from)}</span>
    ${mark(tone, name)}
    <span class="what ${keyKinds.has(kind) && 'key'}"
      ><span class="unseen">${nameOf[kind]}</span>
      <bdi>${brief(text, longestLine)}</bdi>
      ${count > 1 && html`<span class="note">${count} times</span>`}</span
    >
    ${because(entry, mayOpen)}
  </li>`;
}

/** What happened to a trigger, and why, the latest first; the deliveries themselves behind a switch. */
export function triggerHistory(entries: readonly HistoryEntry[], options: HistoryOptions): Html {
  const { more, most } = options;
  const lines = merged(entries.filter(({ kind }) => kind !== 'delivery'));
  const shown = lines.slice(more === null ? -most : -Math.min(mostEntries, most));
  const deliveries = entries.filter(({ kind }) => kind === 'delivery');
  const raw = deliveries.slice(-Math.min(mostEntries, most));
  const lineOf = (some: readonly HistoryEntry[]): Html => historyLine(some, options);
  return card(
    {
      id: 'timeline',
      title: 'Timeline',
      aside: html`<span class="note">UTC · offsets from the request · latest first</span>`,
    },
    html`<ol class="timeline" reversed>
        ${shown.toReversed().map(lineOf)}
      </ol>
      ${
        shown.length < lines.length &&
        more !== null &&
        html`<p class="body"><a href="${more}">Show all ${lines.length} entries</a></p>`
      }
      ${
        raw.length > 0 &&
        html`<details class="raw">
          <summary>${icon('chevron', 'chev')} Raw deliveries ${tag(String(deliveries.length))}</summary>
          <ol class="timeline" reversed>
            ${raw.toReversed().map((entry) => lineOf([entry]))}
          </ol>
        </details>`
      }`,
  );
}
