import type { Tracer } from '../../app/ports/tracer.ts';
import { requestRouteOf } from './request-route.ts';

type Fetch = typeof globalThis.fetch;

/** Tells about each call of GitLab, until the head of its answer. Of its URL the query is left out. */
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
