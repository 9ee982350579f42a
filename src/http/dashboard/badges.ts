import type { KnownStatus } from '../../domain/trigger/status.ts';
import { isKnownStatus } from '../../domain/trigger/status.ts';
import type { Outcome, Trigger } from '../../domain/trigger/trigger.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

/** The colour and sign of a state, shown beside its word: colour alone is not accessible. */
type Variant = 'good' | 'bad' | 'busy' | 'soon' | 'held' | 'idle';

const variantOfStatus = {
  created: 'idle',
  waiting_for_resource: 'soon',
  preparing: 'soon',
  waiting_for_callback: 'soon',
  pending: 'soon',
  running: 'busy',
  canceling: 'busy',
  manual: 'held',
  scheduled: 'soon',
  success: 'good',
  failed: 'bad',
  canceled: 'idle',
  skipped: 'idle',
} as const satisfies Record<KnownStatus, Variant>;

const variantOfOutcome = {
  success: 'good',
  manual_passed: 'good',
  failed: 'bad',
  error: 'bad',
  deadline: 'bad',
  manual: 'held',
  canceled: 'idle',
  skipped: 'idle',
} as const satisfies Record<Outcome, Variant>;

const signOf = {
  good: html`<path d="M4 8.5l3 3 5-6" />`,
  bad: html`<path d="M5 5l6 6M11 5l-6 6" />`,
  busy: html`<path d="M8 3a5 5 0 1 1-5 5" />`,
  soon: html`<path d="M5 8h.01M8 8h.01M11 8h.01" />`,
  held: html`<path d="M6.5 5.5v5M9.5 5.5v5" />`,
  idle: html`<path d="M5 8h6" />`,
} as const satisfies Record<Variant, Html>;

/** A state as a word, with its sign and colour. */
export const wordBadge = (variant: Variant, word: string): Html =>
  html`<span class="badge ${variant}"
    ><svg viewBox="0 0 16 16" aria-hidden="true">${signOf[variant]}</svg>${word}</span
  >`;

/** GitLab's status as readable words. */
const spaced = (word: string): string => word.replaceAll('_', ' ');

/** The status of a pipeline or job. */
export const statusBadge = (status: string): Html =>
  wordBadge(isKnownStatus(status) ? variantOfStatus[status] : 'busy', spaced(status));

export const outcomeBadge = (outcome: Outcome): Html => wordBadge(variantOfOutcome[outcome], spaced(outcome));

/** The mark of a trigger whose project has no healthy hook. @param trouble why webhooks do not arrive; null for none */
export const hookMark = (trouble: string | null): Html | false =>
  trouble !== null &&
  html`<div>
    ${wordBadge('held', 'no healthy hook')} <span class="note"><bdi>${trouble}</bdi></span>
  </div>`;

/** The state of a trigger. */
export function triggerBadge({ state }: Trigger): Html {
  if (state.kind === 'finished') return outcomeBadge(state.outcome);
  if (state.kind === 'running') return statusBadge(state.pipeline.status);
  return state.lastError === null ? wordBadge('soon', 'starting') : wordBadge('held', 'GitLab unreachable');
}

/** The same as text. */
export function triggerWord({ state }: Trigger): string {
  if (state.kind === 'finished') return spaced(state.outcome);
  return state.kind === 'running' ? spaced(state.pipeline.status) : 'starting';
}
