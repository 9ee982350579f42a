import { describe, expect, test } from 'vitest';
import { followWithin } from '../../../src/gitlab/rest/follow-redirects.ts';

const prefix = 'https://gitlab.test/api/';

/** Answers each address with a redirect to the next, and the last with 200. */
function startChain(...addresses: readonly string[]) {
  const asked: string[] = [];
  let unread = 0;
  const fetch = (input: string | URL | Request): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url);
    const next = addresses[addresses.indexOf(url) + 1];
    if (next === undefined) return Promise.resolve(new Response('here'));
    unread += 1;
    const body = new ReadableStream({ cancel: () => void (unread -= 1) });
    return Promise.resolve(new Response(body, { status: 302, headers: { location: next } }));
  };
  const first = new URL(addresses[0] ?? '');
  return {
    asked,
    unread: () => unread,
    ask: (method?: string) => followWithin(fetch, prefix)(first, method === undefined ? {} : { method }),
  };
}

const place = (name: string): string => `${prefix}${name}`;

describe('a read', () => {
  test('follows three redirects, and leaves no answer unread that it has gone on from', async () => {
    const chain = startChain(place('a'), place('b'), place('c'), place('d'));
    expect(await (await chain.ask()).text()).toBe('here');
    expect(chain.asked).toEqual([place('a'), place('b'), place('c'), place('d')]);
    expect(chain.unread()).toBe(0);
  });

  test('that is led on a fourth time gets the redirect', async () => {
    const chain = startChain(place('a'), place('b'), place('c'), place('d'), place('e'));
    expect((await chain.ask('GET')).status).toBe(302);
    expect(chain.asked).toHaveLength(4);
  });

  test.each([
    ['another origin', 'https://elsewhere.test/api/b'],
    ['another path of it', 'https://gitlab.test/other'],
    ['an origin that begins alike', 'https://gitlab.test.evil/api/b'],
    ['itself', place('a')],
  ])('that is led to %s gets the redirect', async (_name, to) => {
    const chain = startChain(place('a'), to);
    expect((await chain.ask()).status).toBe(302);
    expect(chain.asked).toEqual([place('a')]);
  });
});

test('what is no read is never sent a second time', async () => {
  const chain = startChain(place('a'), place('b'));
  expect((await chain.ask('POST')).status).toBe(302);
  expect(chain.asked).toEqual([place('a')]);
});

test.each([
  [299, place('b'), false],
  [300, place('b'), true],
  [399, place('b'), true],
  [400, place('b'), false],
  [302, null, false],
  [302, 'http://[', false],
])('an answer %i with the location %j is followed: %j', async (status, location, isFollowed) => {
  const asked: string[] = [];
  const fetch = (input: string | URL | Request): Promise<Response> => {
    asked.push(input instanceof Request ? input.url : String(input));
    const answer = new Response(null, location === null ? { status } : { status, headers: { location } });
    return Promise.resolve(asked.length === 1 ? answer : new Response('here'));
  };
  await followWithin(fetch, prefix)(new URL(place('a')), {});
  expect(asked).toHaveLength(isFollowed ? 2 : 1);
});
