/** What became of a hook. `refused`: not from GitLab, or not JSON; `failed`: it could not be stored. */
export type HookResult = 'accepted' | 'duplicate' | 'ignored' | 'refused' | 'failed';

/** What is counted and measured, in our words. Nothing that names a project, a person or a secret is given to it. */
export interface Meter {
  hookReceived(result: HookResult): void;
  /** From GitLab's time of an event until its hook was on disk. GitLab tells whole seconds. */
  hookStored(lagMs: number): void;
  /** So many deliveries went to disk together. */
  committed(deliveries: number, ms: number): void;
  /** From GitLab's time of a pipeline's end until one who waited was answered. */
  waiterReleased(lagMs: number): void;
  /** The sweep asked GitLab, about one pipeline or by one list. */
  sweepRead(): void;
  /** The sweep found an outcome before any hook told of it. */
  sweepSaved(): void;
  /** @param status null when there was no answer */
  gitlabAnswered(route: string, status: number | null, ms: number): void;
  /** What is left of GitLab's rate limit, as it last said. */
  rateLimitLeft(requests: number): void;
}

const nothing = (): void => undefined;

/** Counts nothing. */
export const noMeter: Meter = {
  hookReceived: nothing,
  hookStored: nothing,
  committed: nothing,
  waiterReleased: nothing,
  sweepRead: nothing,
  sweepSaved: nothing,
  gitlabAnswered: nothing,
  rateLimitLeft: nothing,
};
