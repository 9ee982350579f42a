import type { Scenario } from '../scenario.ts';
import type { ApiReply } from './reply.ts';
import { tooManyRequests } from './send.ts';

export type RateVerdict = {
  readonly headers: Readonly<Record<string, string>>;
  /** Set when the limit is reached. */
  readonly refusal: ApiReply | undefined;
};

type Window = { readonly start: number; count: number };

/** Counts requests per token in fixed windows, as Rack::Attack does in GitLab. No limit: no headers. */
export function createRateLimit(limit: Scenario['rateLimit'], now: () => number) {
  const windows = new Map<string, Window>();
  return function countRequest(who: string): RateVerdict {
    if (limit === null) return { headers: {}, refusal: undefined };
    const periodMs = limit.periodSeconds * 1000;
    const start = Math.floor(now() / periodMs) * periodMs;
    const known = windows.get(who);
    const window = known?.start === start ? known : { start, count: 0 };
    window.count += 1;
    windows.set(who, window);
    const resetMs = start + periodMs;
    const headers = {
      'RateLimit-Limit': String(limit.requests),
      'RateLimit-Name': 'throttle_authenticated_api',
      'RateLimit-Observed': String(window.count),
      'RateLimit-Remaining': String(Math.max(0, limit.requests - window.count)),
      // The time of the reset is computed from the same clock.
      Date: new Date(now()).toUTCString(),
      'RateLimit-Reset': String(Math.ceil(resetMs / 1000)),
    };
    if (window.count <= limit.requests) return { headers, refusal: undefined };
    const refusal = tooManyRequests(Math.ceil((resetMs - now()) / 1000));
    const resetTime = { 'RateLimit-ResetTime': new Date(resetMs).toUTCString() };
    return { headers, refusal: { ...refusal, headers: { ...refusal.headers, ...headers, ...resetTime } } };
  };
}
