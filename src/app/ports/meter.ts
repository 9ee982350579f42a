/**
 * What became of a hook. `refused`: not from where our hooks come from; `throttled`: so too, and too often; `invalid`:
 * not JSON, too large, or broken off; `failed`: it could not be stored.
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

/** What came of a try to deliver a callback. `delayed`: it will be tried again. */
export const callbackResults = ['delivered', 'delayed', 'given_up'] as const;
export type CallbackResult = (typeof callbackResults)[number];

/** How a request was answered. `pending`: asked to continue waiting; `hung_up`: closed before the answer. */
export type AnswerKind = number | 'pending' | 'hung_up';

/** What is counted and measured, in our words. Nothing that names a project, a person or a secret is given to it. */
export interface Meter {
  hookReceived(result: HookResult): void;
  /** @param route of a bounded number: `GET /v1/triggers/:id`, `page` of the dashboard, `other` where nothing was found */
  requestAnswered(route: string, answer: AnswerKind): void;
  /** From GitLab's time of an event until its hook was on disk. GitLab tells whole seconds. */
  hookStored(lagMs: number): void;
  /** So many deliveries went to disk together. */
  committed(deliveries: number, ms: number): void;
  /** From GitLab's time of a pipeline's end until one who waited was answered. */
  waiterReleased(lagMs: number): void;
  /** The sweep asked GitLab, about one pipeline or by one list. */
  sweepRead(): void;
  /** The sweep discovered an outcome by polling because no webhook had reported it. */
  sweepRecovered(): void;
  /** @param status null when there was no answer */
  gitlabAnswered(route: string, status: number | null, ms: number): void;
  callbackTried(result: CallbackResult): void;
  /** What is left of GitLab's rate limit, as it last said. */
  rateLimitLeft(requests: number): void;
}

const nothing = (): void => undefined;

/** Counts nothing. */
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
