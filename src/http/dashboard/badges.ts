import { approvalsOf } from '../../domain/trigger/held-jobs.ts';
import type { Outcome, Trigger } from '../../domain/trigger/trigger.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { IconName } from './icons.ts';
import type { Tone } from './parts.ts';
import { icon } from './parts.ts';
import type { Look } from './statuses.ts';
import { lookOfOutcome, lookOfStatus, spaced } from './statuses.ts';

const signOf = {
  good: 'success',
  bad: 'failed',
  busy: 'running',
  soon: 'pending',
  held: 'warning',
  idle: 'created',
} as const satisfies Record<Tone, IconName>;

const badge = ([tone, name]: Look, word: string): Html =>
  html`<span class="badge ${tone}"
    >${icon(name, name === 'running' ? 'spin' : '')}<span class="w">${word}</span></span
  >`;

/** A state as a word, with a sign and its colour. */
export const wordBadge = (tone: Tone, word: string): Html => badge([tone, signOf[tone]], word);

/** The status of a pipeline or job. */
export const statusBadge = (status: string): Html => badge(lookOfStatus(status), spaced(status));

export const outcomeBadge = (outcome: Outcome): Html => badge(lookOfOutcome[outcome], spaced(outcome));

/** The mark of a trigger whose project has no healthy hook. @param trouble why webhooks do not arrive; null for none */
export const hookMark = (trouble: string | null): Html | false =>
  trouble !== null &&
  html`<div>
    ${wordBadge('held', 'no healthy hook')} <span class="note"><bdi>${trouble}</bdi></span>
  </div>`;

/** The state of a trigger. */
export function triggerBadge(trigger: Trigger): Html {
  const { state } = trigger;
  if (state.kind === 'finished') return outcomeBadge(state.outcome);
  if (approvalsOf(trigger).length > 0) return badge(['held', 'approval'], 'needs approval');
  if (state.kind === 'running') return statusBadge(state.pipeline.status);
  return state.lastError === null ? wordBadge('soon', 'starting') : wordBadge('held', 'GitLab unreachable');
}

/** The same as text. */
export function triggerWord({ state }: Trigger): string {
  if (state.kind === 'finished') return spaced(state.outcome);
  return state.kind === 'running' ? spaced(state.pipeline.status) : 'starting';
}
