import type { Tracer } from '../app/tracer.ts';
import { routeOf } from './metered-fetch.ts';

type Fetch = typeof globalThis.fetch;

/** Tells about each call of GitLab, until the head of its answer. Of its URL the query is left out. */
export const tracedFetch = (fetch: Fetch, tracer: Tracer): Fetch =>
  tracer.seen(fetch, {
    isCall: true,
    name: (input, init) => routeOf(methodOf(init), urlOf(input).pathname),
    facts(input, init) {
      const { origin, pathname } = urlOf(input);
      const method = methodOf(init);
      const route = routeOf(method, pathname).slice(method.length + 1);
      return { method, route, url: origin + pathname };
    },
    found: ({ status }) => ({ status }),
  });

const urlOf = (input: Parameters<Fetch>[0]): URL => new URL(input instanceof Request ? input.url : input);
const methodOf = (init: Parameters<Fetch>[1]): string => init?.method ?? 'GET';
