import type { Clock, GitLabAccess } from '../../app/ports/index.ts';
import { createShutdownSignals, never } from './shutdown-signals.ts';
import type { RateLimit, RateLimits } from './rate-limit.ts';
import { createRateLimits, limitKey } from './rate-limit.ts';
import type { Requester } from './requester.ts';
import { createRequester } from './requester.ts';

/** The dependencies of every client of GitLab's API. */
export interface ConnectDeps {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  /** For one request. */
  readonly timeoutMs?: number;
  /** Aborts when the service stops. */
  readonly stopping?: AbortSignal;
  /** Shared by all clients with the same tokens. */
  readonly rateLimits?: RateLimits;
}

/** A client of one GitLab, with one token. */
export interface Connection {
  /** The rate limit of this token. */
  readonly rateLimit: RateLimit;
  /** @param rateLimit another one where GitLab counts some calls separately */
  readonly requester: (rateLimit?: RateLimit) => Requester;
}

/** @param usualTimeoutMs the default timeout */
export function createConnect(
  { clock, fetch = globalThis.fetch, timeoutMs, stopping, rateLimits = createRateLimits() }: ConnectDeps,
  usualTimeoutMs: number,
): (access: GitLabAccess) => Connection {
  const giveUp = stopping === undefined ? never : createShutdownSignals(stopping, clock);
  const shared = { fetch, clock, timeoutMs: timeoutMs ?? usualTimeoutMs, giveUp };
  return function connect(access) {
    const { url, apiToken } = access;
    const rateLimit = rateLimits(limitKey(access));
    return {
      rateLimit,
      requester: (own = rateLimit) =>
        createRequester(`${url}/api/v4`, { ...shared, apiToken, rateLimit: own }),
    };
  };
}
