/**
 * The result of a webhook. `refused`: without the secret; `throttled`: the same, too often; `invalid`: not JSON, too
 * large, or broken off; `failed`: it could not be stored.
 */
export const hookResults = [
  'accepted',
  'duplicate',
  'ignored',
  'refused',
  'throttled',
  'invalid',
  'failed',
] as const;
export type HookResult = (typeof hookResults)[number];

/** The result of an attempt to deliver a callback. `delayed`: it will be attempted again. */
export const callbackResults = ['delivered', 'delayed', 'given_up'] as const;
export type CallbackResult = (typeof callbackResults)[number];

/** How a request was answered. `pending`: asked to continue waiting; `hung_up`: closed before the answer. */
export type AnswerKind = number | 'pending' | 'hung_up';

/** Metrics, in domain terms. Callers must not pass names of projects or persons, or secrets. */
export interface Meter {
  hookReceived(result: HookResult): void;
  /** @param route one of a bounded number: `GET /v1/triggers/:id`, `page` of the dashboard, `other` for unknown paths */
  requestAnswered(route: string, answer: AnswerKind): void;
  /** From GitLab's time of an event until its webhook was on disk. GitLab gives whole seconds. */
  hookStored(lagMs: number): void;
  /** The number of deliveries that were committed together. */
  committed(deliveries: number, ms: number): void;
  /** From GitLab's time of a pipeline's end until a waiting caller was answered. */
  waiterReleased(lagMs: number): void;
  /** The sweep read GitLab, for one pipeline or by one list. */
  sweepRead(): void;
  /** The sweep discovered an outcome by polling because no webhook had reported it. */
  sweepRecovered(): void;
  /** @param status null when there was no answer */
  gitlabAnswered(route: string, status: number | null, ms: number): void;
  callbackTried(result: CallbackResult): void;
  /** The remaining share of GitLab's rate limit, as last reported. */
  rateLimitLeft(requests: number): void;
}

const nothing = (): void => undefined;

/** Ignores everything. */
export const noMeter: Meter = {
  hookReceived: nothing,
  requestAnswered: nothing,
  hookStored: nothing,
  committed: nothing,
  waiterReleased: nothing,
  sweepRead: nothing,
  sweepRecovered: nothing,
  gitlabAnswered: nothing,
  callbackTried: nothing,
  rateLimitLeft: nothing,
};
