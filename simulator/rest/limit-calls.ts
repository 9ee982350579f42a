import { createThrottle } from '../world/throttle.ts';
import { userNameOf } from './authenticate.ts';
import type { Call } from './call.ts';
import { refuse } from './reply.ts';

/** Counts a call. @throws Refusal 429, which does not say when to come back */
export type CallLimit = (call: Call, owner: number | string) => void;

/** Counts calls of one kind for each user and owner of the hook: a project's id or a group's path. */
export function createCallLimit(now: () => number): CallLimit {
  const isThrottled = createThrottle(now);
  return function limitCalls({ world, caller }, owner) {
    if (isThrottled(`${owner} ${userNameOf(caller)}`, world.scenario.hookCallsPerMinute))
      throw refuse(429, { error: 'This endpoint has been requested too many times. Try again later.' });
  };
}
