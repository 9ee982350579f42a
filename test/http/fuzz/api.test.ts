import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { isLong } from '../../support/long.ts';
import type { RawAnswer, RawRequest } from '../../support/raw-exchange.ts';
import { exchange } from '../../support/raw-exchange.ts';
import { adminToken } from '../../support/start-service.ts';
import { anyBroken, anyMutated, isJson } from './any-body.ts';
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

/** What Node itself answers to what is hardly a request; no problem document. */
const answersOfNode = [400, 417, 431];

/** Every answer is one that a caller can make something of: no 5xx but to one who waits, and errors are problems. */
function expectSense({ status, headers, body }: RawAnswer, method: string): void {
  const isStillPending = status === 503 && headers['pipeline-trigger-state'] === 'pending';
  if (isStillPending) return;
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  const isOurs = headers['x-content-type-options'] === 'nosniff';
  if (!isOurs) expect(answersOfNode).toContain(status);
  else if (Number(status) >= 400 && method !== 'HEAD') expectProblem({ status, headers, body });
}

const cursorOf = (text: string): string => Buffer.from(text).toString('base64url');

const anySegment = fc.constantFrom(
  finishedId,
  'trg_x',
  'dlv_x',
  '',
  '.',
  '..',
  '%2e%2e',
  '%2f',
  '%00',
  '%ff',
  '%',
  '%zz',
  '%F0%9F%92%A9',
  '%ED%A0%80',
  '__proto__',
  'constructor',
  "'%20OR%201=1--",
  '{}',
  '*',
  '..%5c',
  'a'.repeat(5_000),
  '-1',
);
const anyEnd = fc.constantFrom(
  '',
  '/',
  '/wait',
  '/events',
  '/log',
  '/cancel',
  '/play',
  '/retry',
  '/resolve',
  '/reconcile',
  '/replay',
  '//',
  '/%00',
);
const queries = [
  '',
  '?',
  '?&&&',
  '?limit=-1',
  '?limit=1e3',
  '?limit=%00',
  '?limit=1&limit=2',
  '?limit[]=1',
  '?limit=999999999999',
  '?state=__proto__',
  '?state=all&project=%00&ref=%F0%9F%92%A9',
  '?project=%ED%A0%80',
  '?ref=%ff',
  `?project=${'a'.repeat(5_000)}`,
  '?cursor=%00',
  '?cursor=____',
  `?cursor=${cursorOf('999999999999999 x')}`,
  `?cursor=${cursorOf('0 x')}`,
  `?cursor=${cursorOf('1 \0')}`,
  `?cursor=${cursorOf('253402300800000 x')}`,
  `?cursor=${cursorOf('1 x')}&unmatched=1`,
  `?cursor=${cursorOf('999999999999999 x')}&unmatched=1`,
  '?__proto__[polluted]=1&constructor=2',
  '?wait=0',
  '?wait=1',
  '?wait=%31',
  '?wait=NaN&mode=text',
  '?mode=text',
  '?mode=follow',
  '?mode=',
  '?unmatched=1',
  '?failed=1',
] as const;
const oddHeaders: readonly Readonly<Record<string, string | readonly string[]>>[] = [
  {},
  {},
  { 'idempotency-key': '' },
  { 'idempotency-key': '\xff\xfe' },
  { 'idempotency-key': 'x'.repeat(255) },
  { 'idempotency-key': 'x'.repeat(256) },
  { 'idempotency-key': ['one', 'two'] },
  { 'idempotency-key': '"; DROP TABLE \x09' },
  { prefer: 'wait=0' },
  { prefer: 'wait=1;wait=2, respond-async' },
  { prefer: 'wait=-1' },
  { 'last-event-id': '999999999999999' },
  { 'last-event-id': '2147483648' },
  { 'last-event-id': '-1' },
  { 'last-event-id': '\xff' },
  { 'if-none-match': '"' },
  { 'if-none-match': '*' },
  { accept: '*/*;q=x' },
  { accept: '\xff' },
  { accept: 'text/plain' },
  { authorization: '' },
  { authorization: 'Bearer' },
  { authorization: 'Bearer \xff' },
  { authorization: `Bearer ${'x'.repeat(10_000)}` },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/json; charset=\xff' },
  { 'content-type': 'multipart/form-data' },
  { 'content-encoding': 'gzip' },
  { expect: '100-continue' },
  { expect: 'nothing' },
  { upgrade: 'websocket', connection: 'close, upgrade' },
  { 'x-http-method-override': 'DELETE' },
];
const anyQuery = fc.constantFrom(...queries);
const anyHeader = fc.constantFrom(...oddHeaders);
const anyMethod = fc.constantFrom(
  'GET',
  'GET',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'M-SEARCH',
);

const whole = {
  project: 'group/app',
  ref: 'main',
  variables: { KEY: 'value' },
  inputs: { env: 'prod', list: [1, true, null] },
  retry: false,
  pipelineId: 123,
  onManual: 'play',
  jobs: ['deploy'],
  deadlineSeconds: 1,
  cancelOnDeadline: true,
  triggerToken: 'glptt-group',
  apiToken: 'glpat-root',
  upstream: { project: 'group/parent', pipelineId: 99, jobId: 7 },
  cancelWithUpstream: true,
};
const bodies = [
  whole,
  { project: 'group/app', ref: 'main' },
  { jobs: ['a'] },
  { outcome: 'failed', reason: 'x' },
];
const anyBody = fc.oneof(
  anyMutated(bodies).map((text) => Buffer.from(text)),
  anyBroken(anyMutated(bodies)),
  fc.constant(Buffer.alloc(0)),
);

const ends = ['', '/wait', '/events', '/log'];
const paths = ['/v1/triggers', '/v1/deliveries', ...ends.map((end) => `/v1/triggers/{id}${end}`)];

test.each(paths)(
  'every odd header and every odd query of GET %s is answered with sense',
  async (template) => {
    const path = template.replace('{id}', finishedId);
    for (const headers of oddHeaders) expectSense(await ask({ method: 'GET', path, headers }), 'GET');
    for (const query of queries) expectSense(await ask({ method: 'GET', path: `${path}${query}` }), 'GET');
  },
);

test('bytes that are no UTF-8 are no JSON, not even within a text', async () => {
  const body = Buffer.from('{"project":"group/a\xffpp","ref":"main"}', 'latin1');
  const answer = await ask({ method: 'POST', path: '/v1/triggers', body });
  expect(answer.status).toBe(400);
  expectProblem(answer);
});

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
          expectSense(await ask({ method, path, headers, body }), method);
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
          expectSense(answer, 'POST');
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
