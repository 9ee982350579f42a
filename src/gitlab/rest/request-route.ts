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

/** What a call is, of what `fetch` is given. */
export function requestRouteOf([input, init]: Parameters<Fetch>): {
  readonly method: string;
  readonly url: URL;
  /** Its method, and its path as `routeOf` tells it. */
  readonly route: string;
} {
  const url = new URL(input instanceof Request ? input.url : input);
  const method = init?.method ?? 'GET';
  return { method, url, route: routeOf(method, url.pathname) };
}
