import type { Trigger } from './trigger.ts';

/** Why a trigger ended as it did, or what keeps it from getting on. */
export function reasonOf({ state, refusal, lastError }: Trigger): string | null {
  if (state.kind === 'finished') return state.reason;
  if (state.kind === 'requested') return state.lastError;
  return refusal === null ? lastError : `GitLab does not show the pipeline: ${refusal.reason}`;
}
