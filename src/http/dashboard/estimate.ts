import type { Usual } from '../../domain/run-statistics.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import { duration, longDuration, roundDuration } from './durations.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { asksPerson } from './asks-person.ts';
import { lookOfOutcome } from './statuses.ts';
import type { Tone } from './parts.ts';

const share = (ms: number, whole: number): string => `${Math.min(100, (100 * ms) / whole).toFixed(1)}%`;

/** The colour of the bar: how it ended, or whether it goes on as usual. */
function toneOf(trigger: Trigger, elapsedMs: number, { p95Ms }: Usual): Tone {
  const { state } = trigger;
  if (state.kind === 'finished') return lookOfOutcome[state.outcome][0];
  return asksPerson(trigger) || elapsedMs > p95Ms ? 'held' : 'busy';
}

function words(trigger: Trigger, elapsedMs: number, { medianMs, p95Ms }: Usual): string {
  const usually = `usually ${roundDuration(medianMs)}`;
  if (isFinished(trigger)) return usually;
  if (asksPerson(trigger)) return `${usually}; waits for a person`;
  if (elapsedMs > p95Ms) return `${usually}: ${roundDuration(elapsedMs - medianMs)} longer than usual`;
  if (elapsedMs > medianMs) return `${usually} · 95 % within ${roundDuration(p95Ms)}`;
  return `${usually}: about ${roundDuration(medianMs - elapsedMs)} left · 95 % within ${roundDuration(p95Ms)}`;
}

function meter(tone: Tone, elapsedMs: number, { medianMs, p95Ms }: Usual): Html {
  const whole = Math.max(p95Ms, elapsedMs, 1);
  const label = `${longDuration(elapsedMs)} of the usual ${longDuration(medianMs)}`;
  return html`<svg class="meter ${tone}" role="img" aria-label="${label}">
    <rect class="track" width="100%" height="8" />
    <rect
      class="tail"
      x="${share(medianMs, whole)}"
      width="${share(Math.max(0, p95Ms - medianMs), whole)}"
      height="8"
    />
    <rect class="done" width="${share(elapsedMs, whole)}" height="8" />
    <rect class="usual" x="${share(medianMs, whole)}" width="2" height="8" />
  </svg>`;
}

/** How long a trigger has taken, and what usually follows. @param usual null: too few runs say anything */
export function progress(trigger: Trigger, { usual, now }: { usual: Usual | null; now: number }): Html {
  const { state, createdAt } = trigger;
  const endedAt = state.kind === 'finished' ? state.finishedAt : null;
  const elapsedMs = (endedAt ?? now) - createdAt;
  return html`<div class="progress">
    <span>${duration(createdAt, endedAt, now, 'tick')}</span>
    ${usual === null ? html`<span></span>` : meter(toneOf(trigger, elapsedMs, usual), elapsedMs, usual)}
    <span class="note">${usual === null ? 'first runs of this ref' : words(trigger, elapsedMs, usual)}</span>
  </div>`;
}
