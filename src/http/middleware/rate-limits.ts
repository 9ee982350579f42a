import { hash, randomUUID } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Log } from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import { networkOf } from './client-address.ts';

/** How many events are allowed within a time, in seconds. */
interface Allowance {
  readonly points: number;
  readonly duration: number;
}

/** Refused requests of one address: far more than a client with an old secret makes, far fewer than guessing takes. */
const refusals: Allowance = { points: 600, duration: 60 };
/** Requests without a token from one address: probes and browsers. */
const open: Allowance = { points: 3_000, duration: 10 };
/**
 * Requests of one caller. Ten thousand jobs with one key that ask again every 25 seconds make 24,000 a minute, and as
 * many more with each restart of the service.
 */
const calls: Allowance = { points: 120_000, duration: 60 };

/** Several addresses share a bucket: an attacker has many addresses, and each would cost memory. */
const buckets = 2 ** 14;

export interface Limits {
  /** Counts a request with a wrong secret. @throws AppError `too_many_requests` after too many */
  readonly noteRefusal: (address: string) => Promise<void>;
  /**
   * Counts a webhook with a wrong secret or signature, separately from callers, which may share GitLab's address.
   * @throws AppError `too_many_requests` after too many
   */
  readonly noteHookRefusal: (address: string) => Promise<void>;
  /** Whether an address had so many refusals that its secrets are no longer checked. */
  readonly isGuessing: (address: string) => Promise<boolean>;
  /** Counts a request that needs no token. @throws AppError `too_many_requests` */
  readonly noteOpen: (address: string) => Promise<void>;
  /** Counts a request of a caller. @throws AppError `too_many_requests` */
  readonly noteCall: (caller: string) => Promise<void>;
}

/** Limits the share of one address or caller. Its memory is bounded. */
export function createLimits(log: Pick<Log, 'warn'>): Limits {
  const refused = new RateLimiterMemory(refusals);
  const hooksRefused = new RateLimiterMemory(refusals);
  const opened = new RateLimiterMemory(open);
  const called = new RateLimiterMemory(calls);
  // Salted, so that an attacker cannot compute which addresses share a bucket.
  const salt = randomUUID();
  const bucketOf = (address: string): string =>
    String(parseInt(hash('sha256', `${salt} ${networkOf(address)}`).slice(0, 8), 16) % buckets);

  async function refuse(limiter: RateLimiterMemory, address: string, message: string): Promise<void> {
    const { isOver, count } = await take(limiter, bucketOf(address));
    if (count === refusals.points + 1) log.warn({ address, ...refusals }, message);
    if (isOver) throw tooMany('too many requests with a wrong secret from this address');
  }

  return {
    noteRefusal: (address) => refuse(refused, address, 'many refused requests'),
    noteHookRefusal: (address) => refuse(hooksRefused, address, 'many refused hooks'),
    async isGuessing(address) {
      const taken = await refused.get(bucketOf(address));
      return taken !== null && taken.consumedPoints >= refusals.points;
    },
    async noteOpen(address) {
      const { isOver } = await take(opened, bucketOf(address));
      if (isOver) throw tooMany('too many requests from this address');
    },
    async noteCall(caller) {
      const { isOver, count } = await take(called, caller);
      if (count === calls.points + 1) log.warn({ caller, ...calls }, 'many requests of one caller');
      if (isOver) throw tooMany('too many requests of this caller');
    },
  };
}

const tooMany = (message: string): AppError => new AppError('too_many_requests', message);

async function take(limiter: RateLimiterMemory, key: string): Promise<{ isOver: boolean; count: number }> {
  try {
    const { consumedPoints } = await limiter.consume(key);
    return { isOver: false, count: consumedPoints };
  } catch (error) {
    // The limiter throws its result when nothing is left.
    if (!(error instanceof RateLimiterRes)) throw error;
    return { isOver: true, count: error.consumedPoints };
  }
}
