import type { Meter } from '../app/meter.ts';

type Fetch = typeof globalThis.fetch;

/** The parts of GitLab's paths that are names, and those that stand for something. */
const words = new Set([
  'projects',
  'groups',
  'pipelines',
  'pipeline',
  'trigger',
  'trigger_jobs',
  'bridges',
  'jobs',
  'variables',
  'hooks',
  'events',
  'test',
  'resend',
  'repository',
  'commits',
  'trace',
  'play',
  'retry',
  'cancel',
  'version',
  'metadata',
  'user',
  'oauth',
  'discovery',
  'keys',
]);

/** `POST /projects/:id/jobs/:id/play`: of bounded number, and without any project's name. */
export function routeOf(method: string, pathname: string): string {
  const [, ...parts] = pathname.replace(/^.*\/api\/v4/, '').split('/');
  return `${method} /${parts.map((part) => (words.has(part) ? part : ':id')).join('/')}`;
}

/** Measures each call of GitLab. @param url of the service's own GitLab, whose rate limit is told */
export const meteredFetch =
  (fetch: Fetch, meter: Meter, url: string, now: () => number = () => performance.now()): Fetch =>
  async (input, init) => {
    const target = new URL(input instanceof Request ? input.url : input);
    const route = routeOf(init?.method ?? 'GET', target.pathname);
    const since = now();
    try {
      const response = await fetch(input, init);
      meter.gitlabAnswered(route, response.status, now() - since);
      const left = response.headers.get('ratelimit-remaining');
      if (left !== null && target.href.startsWith(`${url}/`)) meter.rateLimitLeft(Number(left));
      return response;
    } catch (error) {
      meter.gitlabAnswered(route, null, now() - since);
      throw error;
    }
  };
