import type { Meter } from '../../app/ports/meter.ts';
import { requestRouteOf } from './request-route.ts';

type Fetch = typeof globalThis.fetch;

/** Measures each call of GitLab. @param url of the service's own GitLab, whose rate limit is reported */
export const createMeteredFetch =
  (fetch: Fetch, meter: Meter, url: string, now: () => number = () => performance.now()): Fetch =>
  async (...given) => {
    const { url: target, route } = requestRouteOf(given);
    const since = now();
    try {
      const response = await fetch(...given);
      meter.gitlabAnswered(route, response.status, now() - since);
      const left = response.headers.get('ratelimit-remaining');
      if (left !== null && target.href.startsWith(`${url}/`)) meter.rateLimitLeft(Number(left));
      return response;
    } catch (error) {
      meter.gitlabAnswered(route, null, now() - since);
      throw error;
    }
  };
