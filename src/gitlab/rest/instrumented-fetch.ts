import type { Meter } from '../../app/ports/meter.ts';
import type { Tracer } from '../../app/ports/tracer.ts';

type Fetch = typeof globalThis.fetch;

/** The parts of GitLab's paths that are literal, and those that are parameters. */
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
  'authorize',
  'token',
  'userinfo',
  'users',
  'members',
  'all',
]);

/** `POST /projects/:id/jobs/:id/play`: a bounded number of values, without any project's name. */
export function routeOf(method: string, pathname: string): string {
  const [, ...parts] = pathname.replace(/^.*\/api\/v4/, '').split('/');
  return `${method} /${parts.map((part) => (words.has(part) ? part : ':id')).join('/')}`;
}

/** The call that the arguments of `fetch` describe. */
function requestRouteOf([input, init]: Parameters<Fetch>): {
  readonly method: string;
  readonly url: URL;
  /** Its method, and its path in the form of `routeOf`. */
  readonly route: string;
} {
  const url = new URL(input instanceof Request ? input.url : input);
  const method = init?.method ?? 'GET';
  return { method, url, route: routeOf(method, url.pathname) };
}

/** Measures each call of GitLab. @param url of the service's own GitLab, whose rate limit is reported */
export const createMeteredFetch = (
  fetch: Fetch,
  meter: Meter,
  url: string,
  now: () => number = () => performance.now(),
): Fetch =>
  async function meteredFetch(...given) {
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

/** Traces each call of GitLab, until the head of its answer. The query of its URL is left out. */
export const createTracedFetch = (fetch: Fetch, tracer: Tracer): Fetch =>
  tracer.traced(fetch, {
    isCall: true,
    name: (...given) => requestRouteOf(given).route,
    attributes(...given) {
      const { method, url, route } = requestRouteOf(given);
      return { method, route: route.slice(method.length + 1), url: url.origin + url.pathname };
    },
    resultAttributes: ({ status }) => ({ status }),
  });
