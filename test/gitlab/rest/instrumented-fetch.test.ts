import { expect, test } from 'vitest';
import {
  routeOf,
  createMeteredFetch,
  createTracedFetch,
} from '../../../src/gitlab/rest/instrumented-fetch.ts';
import { noMeter } from '../../../src/app/ports/meter.ts';
import type { SpanAttributes, Tracer } from '../../../src/app/ports/tracer.ts';
import { noTracer } from '../../../src/app/ports/tracer.ts';

test('a route holds no name and no number of GitLab’s', () => {
  expect(routeOf('GET', '/sub/api/v4/projects/group%2Fsecret-app/pipelines/31/jobs')).toBe(
    'GET /projects/:id/pipelines/:id/jobs',
  );
  expect(routeOf('GET', '/api/v4/projects/1/repository/commits/feature%2Fx')).toBe(
    'GET /projects/:id/repository/commits/:id',
  );
});

const url = 'https://gitlab.test/sub';

/** Every request takes 250 ms. */
function begin(answer: () => Response) {
  const calls: unknown[] = [];
  const left: number[] = [];
  let now = 0;
  const meter = {
    ...noMeter,
    gitlabAnswered: (...call: unknown[]) => void calls.push(call),
    rateLimitLeft: (requests: number) => void left.push(requests),
  };
  const fetch = createMeteredFetch(
    () => {
      now += 250;
      return Promise.resolve().then(answer);
    },
    meter,
    url,
    () => now,
  );
  return { fetch, calls, left };
}

const limited = (): Response => new Response('', { status: 429, headers: { 'RateLimit-Remaining': '17' } });

test('a request is reported with its route, its status and its duration', async () => {
  const { fetch, calls } = begin(() => new Response('{}', { status: 201 }));
  await fetch(`${url}/api/v4/projects/group%2Fapp/jobs/9/play`, { method: 'POST' });
  expect(calls).toEqual([['POST /projects/:id/jobs/:id/play', 201, 250]]);
});

test('a request without an answer is reported without a status, and its error is passed on', async () => {
  const { fetch, calls, left } = begin(() => {
    throw new TypeError('reset');
  });
  await expect(fetch(`${url}/api/v4/version`)).rejects.toThrow('reset');
  expect(calls).toEqual([['GET /version', null, 250]]);
  expect(left).toEqual([]);
});

test('the rest of the rate limit is reported for our own GitLab only', async () => {
  const { fetch, left } = begin(limited);
  await fetch('https://elsewhere.test/api/v4/user');
  await fetch('https://gitlab.test/subway/api/v4/user');
  expect(left).toEqual([]);
  await fetch(`${url}/api/v4/user`);
  expect(left).toEqual([17]);
});

/** A tracer that records the name and the attributes of each call that succeeds. */
function listening() {
  const spans: (SpanAttributes & { readonly name: string })[] = [];
  const tracer: Tracer = {
    ...noTracer,
    traced:
      (work, { name, attributes, resultAttributes }) =>
      (...args) => {
        const result = work(...args);
        void Promise.resolve(result).then((value) =>
          spans.push({
            name: typeof name === 'string' ? name : name(...args),
            ...attributes?.(...args),
            ...resultAttributes?.(value),
          }),
        );
        return result;
      },
  };
  return { spans, tracer };
}

const answering: typeof globalThis.fetch = () => Promise.resolve(new Response(null, { status: 204 }));

test.each([
  [
    'https://git.test/sub/api/v4/projects/a%2Fb/pipelines/7/variables?token=secret#secret',
    'DELETE',
    'DELETE /projects/:id/pipelines/:id/variables',
    'https://git.test/sub/api/v4/projects/a%2Fb/pipelines/7/variables',
  ],
  [
    'https://git.test/oauth/discovery/keys',
    undefined,
    'GET /oauth/discovery/keys',
    'https://git.test/oauth/discovery/keys',
  ],
])('%s is traced with its route, without its query', async (input, method, name, url) => {
  const { spans, tracer } = listening();
  await createTracedFetch(answering, tracer)(new URL(input), {
    ...(method === undefined ? {} : { method }),
    headers: { 'private-token': 'secret' },
    body: null,
  });
  expect(spans).toEqual([
    { name, url, method: method ?? 'GET', route: name.replace(/^\w+ /, ''), status: 204 },
  ]);
});

test('where nothing is traced it is the same fetch', () => {
  expect(createTracedFetch(answering, noTracer)).toBe(answering);
});
