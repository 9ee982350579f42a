import { expect, test } from 'vitest';
import { noMeter } from '../../../src/app/ports/meter.ts';
import { createMeteredFetch } from '../../../src/gitlab/rest/metered-fetch.ts';

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
