import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { isLong } from '../../support/long.ts';
import type { RawAnswer, RawRequest } from '../../support/raw-exchange.ts';
import { exchange } from '../../support/raw-exchange.ts';
import { adminToken } from '../../support/start-service.ts';
import { anyBroken, anyMutated, isJson } from './any-body.ts';
import { bodies, ends, methods, oddHeaders, queries, segments } from './odd-requests.ts';
import { expectProblem, startWatchedService } from './watched-service.ts';

const service = await startWatchedService();
afterAll(service.stop);
afterEach(service.expectUnharmed);

const numRuns = isLong ? 20_000 : 200;
const timeout = isLong ? 3_600_000 : 180_000;

const { id: finishedId } = await service.trigger({ project: 'group/app', ref: 'main' });
await service.call('POST', `/v1/triggers/${finishedId}/resolve`, {
  body: { outcome: 'success', reason: 'so that nobody waits' },
});

const ask = ({ headers = {}, ...request }: RawRequest): Promise<RawAnswer> =>
  exchange(service.url, {
    ...request,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', ...headers },
  });

type StartRequest = Pick<RawRequest, 'method' | 'path'>;

/** What Node itself answers to what is hardly a request; no problem document. */
const answersOfNode = [400, 417, 431];

/** Everything but the dashboard's pages, which answer in HTML. */
const isOfTheApi = (path: string): boolean => /^\/+(?:v1|webhooks|healthz)/.test(path);

/** Every answer is one that a caller can make something of: no 5xx but to one who waits, and errors are problems. */
function expectSense({ status, headers, body }: RawAnswer, { method, path }: StartRequest): void {
  const isStillPending = status === 503 && headers['pipeline-trigger-state'] === 'pending';
  if (isStillPending) return;
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  const isOurs = headers['x-content-type-options'] === 'nosniff';
  if (!isOurs) expect(answersOfNode).toContain(status);
  else if (!isOfTheApi(path) && headers['content-type'] === 'text/html; charset=utf-8') return;
  else if (Number(status) >= 400 && method !== 'HEAD') expectProblem({ status, headers, body });
}

const anySegment = fc.constantFrom(finishedId, ...segments);
const anyEnd = fc.constantFrom(...ends);
const anyQuery = fc.constantFrom(...queries);
const anyHeader = fc.constantFrom(...oddHeaders);
const anyMethod = fc.constantFrom(...methods);
const anyBody = fc.oneof(
  anyMutated(bodies).map((text) => Buffer.from(text)),
  anyBroken(anyMutated(bodies)),
  fc.constant(Buffer.alloc(0)),
);

const paths = ['/v1/triggers', '/v1/deliveries'].concat(
  ['', '/wait', '/events', '/log'].map((end) => `/v1/triggers/{id}${end}`),
);

test.each(paths)(
  'every odd header and every odd query of GET %s is answered with sense',
  async (template) => {
    const path = template.replace('{id}', finishedId);
    for (const headers of oddHeaders) {
      const asked = { method: 'GET', path };
      expectSense(await ask({ ...asked, headers }), asked);
    }
    for (const query of queries) {
      const asked = { method: 'GET', path: `${path}${query}` };
      expectSense(await ask(asked), asked);
    }
  },
);

test('bytes that are no UTF-8 are no JSON, not even within a text', async () => {
  const body = Buffer.from('{"project":"group/a\xffpp","ref":"main"}', 'latin1');
  const answer = await ask({ method: 'POST', path: '/v1/triggers', body });
  expect(answer.status).toBe(400);
  expectProblem(answer);
});

test.each([101, 5_000, 100_000])(
  'what is nested %i levels deep is refused, wherever it stands',
  async (levels) => {
    const deep = '['.repeat(levels) + ']'.repeat(levels);
    for (const name of ['inputs', 'variables', 'upstream', 'jobs', 'zzz']) {
      const inputs = name === 'inputs' ? `{"deep":${deep}}` : deep;
      const body = `{"project":"group/app","ref":"main","${name}":${inputs}}`;
      const answer = await ask({ method: 'POST', path: '/v1/triggers', body });
      expect(answer.status).toBe(400);
      expectProblem(answer);
    }
  },
);

describe('a caller who may do everything gets an answer that makes sense', () => {
  test(
    'wherever and however he asks',
    async () => {
      const anyPath = fc
        .tuple(
          fc.constantFrom(
            '/v1/triggers',
            '/v1/deliveries',
            '/webhooks/gitlab',
            '/healthz',
            '',
            '/v1',
            '//v1/triggers',
          ),
          fc.option(anySegment),
          anyEnd,
          anyQuery,
        )
        .map(
          ([base, segment, end, query]) =>
            `${base}${segment === null ? '' : `/${segment}`}${end}${query}` || '/',
        );
      await fc.assert(
        fc.asyncProperty(anyMethod, anyPath, anyHeader, anyBody, async (method, path, headers, body) => {
          expectSense(await ask({ method, path, headers, body }), { method, path });
        }),
        { numRuns },
      );
    },
    timeout,
  );

  test(
    'whatever he asks to be triggered',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyBody, anyHeader, async (body, headers) => {
          const answer = await ask({ method: 'POST', path: '/v1/triggers', headers, body });
          expectSense(answer, { method: 'POST', path: '/v1/triggers' });
          if (!isJson(body)) expect(answer.status).toBeGreaterThanOrEqual(400);
          if (answer.status !== 202) return;
          const { id } = JSON.parse(answer.body) as { id: string };
          expect((await service.call('GET', `/v1/triggers/${id}`)).status).toBe(200);
        }),
        { numRuns },
      );
      expect((await service.call('GET', '/v1/triggers?state=all&limit=200')).status).toBe(200);
    },
    timeout,
  );
});
