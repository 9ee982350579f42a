import type { Decision, TriggerEvent } from './event.ts';
import type { EndSeen, Trigger } from './trigger.ts';
import { isFinished } from './trigger.ts';

/** What an event says about the way an end became known; null for an end that is not GitLab's, as by the deadline. */
function sourceOf({ type, origin }: TriggerEvent): EndSeen['by'] | null {
  if (type === 'pipelineSeen' || type === 'childSeen' || type === 'jobSeen') return 'hook';
  if (type === 'pipelineListed') return 'poll';
  if (type !== 'pipelineRead' || origin?.why === 'action') return null;
  return origin?.why === 'hook' ? 'hook' : 'poll';
}

/** Notes on a trigger that ends how its end became known. */
export function withEndSeen(before: Trigger, decision: Decision, event: TriggerEvent): Decision {
  const { next } = decision;
  if (next.state.kind !== 'finished' || isFinished(before)) return decision;
  const by = sourceOf(event);
  if (by === null) return decision;
  const endedAt = 'pipeline' in event ? (event.pipeline.endedAt ?? null) : null;
  const late = endedAt === null ? {} : { lateMs: Math.max(event.at - endedAt, 0) };
  return { ...decision, next: { ...next, state: { ...next.state, endSeen: { by, ...late } } } };
}

/** Of an end in whole seconds, as callers see it; left out where it is not known. */
export function endSeenView({ state }: Trigger): {
  readonly endSeenBy?: EndSeen['by'];
  readonly endSeenLateSeconds?: number;
} {
  const seen = state.kind === 'finished' ? state.endSeen : undefined;
  if (seen === undefined) return {};
  const { by, lateMs } = seen;
  return {
    endSeenBy: by,
    ...(lateMs === undefined ? {} : { endSeenLateSeconds: Math.round(lateMs / 1000) }),
  };
}

/** What an operator is to know of an end that was found late. */
export function lateText(lateSeconds: number | undefined, project: string | null): string {
  const late = lateSeconds === undefined ? '' : ` ${lateSeconds} s late`;
  return `found by polling${late}: no webhook from ${project ?? 'the project'}; run hooks doctor`;
}

/** Webhooks come within seconds, also of a busy GitLab: a poll that was faster is no sign that one is missing. */
const usualDelayMs = 15_000;

/** Whether an end that polling found shows that webhooks do not arrive. */
export function lacksWebhook({ state, lastHookAt }: Trigger): boolean {
  const seen = state.kind === 'finished' ? state.endSeen : undefined;
  return seen?.by === 'poll' && (lastHookAt === undefined || (seen.lateMs ?? Infinity) >= usualDelayMs);
}
