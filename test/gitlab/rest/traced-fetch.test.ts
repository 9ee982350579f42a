import { expect, test } from 'vitest';
import type { SpanAttributes, Tracer } from '../../../src/app/ports/tracer.ts';
import { noTracer } from '../../../src/app/ports/tracer.ts';
import { createTracedFetch } from '../../../src/gitlab/rest/traced-fetch.ts';

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
