import type { Trigger } from './trigger.ts';

/** How much of the time since the last proof a hook that proves nothing counts for. */
const unprovenShare = 4 / 5;

/**
 * When a trigger was heard of, after a report of its pipeline. GitLab's own answers, and hooks that prove what they say,
 * count in full. Other hooks can be sent by anyone who knows a shared secret: they may put off a poll, but not for ever. They
 * fall behind the clock by a fifth, so after five sweep intervals without a proof the trigger counts as quiet.
 */
export function observed(
  trigger: Trigger,
  at: number,
  isProof: boolean,
): Pick<Trigger, 'observedAt' | 'provenAt'> {
  if (isProof) return { observedAt: at, provenAt: at };
  const provenAt = trigger.provenAt ?? trigger.createdAt;
  const counted = provenAt + Math.floor((at - provenAt) * unprovenShare);
  return { observedAt: Math.max(trigger.observedAt, counted), provenAt };
}
