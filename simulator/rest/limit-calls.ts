import type { Project } from '../world/project.ts';
import { userNameOf } from './authenticate.ts';
import type { Call } from './call.ts';
import { refuse } from './reply.ts';

const minuteMs = 60_000;

/**
 * Counts calls of one kind for each project and user, in minutes of the clock. The 429 does not say when to come back.
 * Source: GitLab lib/gitlab/application_rate_limiter.rb
 */
export function createCallLimit(): (call: Call, project: Project) => void {
  const counts = new Map<string, number>();
  return ({ world, caller }, project) => {
    const most = world.scenario.hookCallsPerMinute;
    const minute = Math.floor(world.around.now() / minuteMs);
    const key = `${minute} ${project.scenario.id} ${userNameOf(caller)}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (most !== null && count > most)
      throw refuse(429, { error: 'This endpoint has been requested too many times. Try again later.' });
  };
}
