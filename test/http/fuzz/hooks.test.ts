import fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import { hookFixtures, readFixture } from '../../support/hook-fixtures.ts';
import { isLong } from '../../support/long.ts';
import { exchange } from '../../support/raw-exchange.ts';
import { webhookSecret } from '../../support/start-service.ts';
import { anyBroken, anyMutated, isJson } from './any-body.ts';
import { expectProblem, startWatchedService } from './watched-service.ts';

const service = await startWatchedService();
afterAll(service.stop);
afterEach(service.expectUnharmed);

const numRuns = isLong ? 20_000 : 100;
const timeout = isLong ? 3_600_000 : 180_000;

const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  exchange(service.url, {
    path: '/webhooks/gitlab',
    body,
    headers: { 'content-type': 'application/json', 'x-gitlab-token': webhookSecret, ...headers },
  });

const anyEvent = fc.constantFrom(
  'Pipeline Hook',
  'Job Hook',
  'Push Hook',
  'System Hook',
  '',
  '__proto__',
  '\xff',
);
const hooks = hookFixtures.map((name) => JSON.parse(readFixture(name)) as unknown);
const anyHook = anyMutated(hooks);

test(
  'a hook that is JSON is taken and kept, shown and replayed, whatever is in it',
  async () => {
    await fc.assert(
      fc.asyncProperty(anyHook, anyEvent, async (body, event) => {
        const answer = await post(body, { 'x-gitlab-event': event });
        expect(answer.status).toBe(202);
        const { delivery, result } = JSON.parse(answer.body) as { delivery: string; result: string };
        const shown = await service.call('GET', `/v1/deliveries/${delivery}`);
        expect(shown.status).toBe(200);
        if (result !== 'duplicate') expect(shown.json).toMatchObject({ result });
        expect(['pipeline', 'job', 'ignored', 'unreadable']).toContain((shown.json as { kind: string }).kind);
        expect((await service.call('POST', `/v1/deliveries/${delivery}/replay`)).status).toBe(202);
      }),
      { numRuns },
    );
    expect((await service.call('GET', '/v1/deliveries?limit=200')).status).toBe(200);
    expect((await service.call('GET', '/v1/deliveries?limit=200&unmatched=1')).status).toBe(200);
  },
  timeout,
);

test(
  'bytes that are no JSON are refused as such, and only those',
  async () => {
    await fc.assert(
      fc.asyncProperty(anyBroken(anyHook), async (body) => {
        const answer = await post(body, { 'x-gitlab-event': 'Pipeline Hook' });
        expect(answer.status).toBe(isJson(body) ? 202 : 400);
        if (answer.status === 400) expectProblem(answer);
      }),
      { numRuns },
    );
  },
  timeout,
);

test.each([500, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 20_000])(
  'a hook nested %i levels deep is taken and can be looked at',
  async (levels) => {
    const { delivery } = JSON.parse(
      (await post(`{"object_kind":"pipeline","a":${'['.repeat(levels)}${']'.repeat(levels)}}`)).body,
    ) as { delivery: string };
    const shown = await service.call('GET', `/v1/deliveries/${delivery}`);
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('"kind":"unreadable"');
  },
);

const levels = 100_000;
const members = 100_000;

test.each([
  ['lists', '['.repeat(levels) + ']'.repeat(levels)],
  ['objects', '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)],
  ['members', `{${Array.from({ length: members }, (_, index) => `"${index}":${index}`).join(',')}}`],
  ['items', `[${'{},'.repeat(members)}{}]`],
  ['the same name', `{${'"__proto__":1,'.repeat(members)}"a":1}`],
  ['digits', '9'.repeat(1_000_000)],
  ['exponents', '1e999999'],
  ['one text', JSON.stringify('\0'.repeat(500_000))],
  ['surrogates', `"${'\\ud800'.repeat(100_000)}"`],
])(
  'a hook that is nothing but %s, a hundred thousand of them, is taken, wherever they stand',
  async (_what, odd) => {
    const hook = JSON.stringify(hooks[0]);
    const places = [
      odd,
      ...['object_attributes', 'builds', 'project', 'variables', 'zzz'].map(
        (name) => `{"object_kind":"pipeline","${name}":${odd},${hook.slice(1)}`,
      ),
    ];
    for (const body of places) {
      const answer = await post(body);
      expect(answer.status).toBe(202);
      const { delivery } = JSON.parse(answer.body) as { delivery: string };
      expect((await service.call('GET', `/v1/deliveries/${delivery}`)).status).toBe(200);
    }
  },
);
