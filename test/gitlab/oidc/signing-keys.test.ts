import type { CryptoKey } from 'jose';
import { generateKeyPair } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { GitLabUnavailable } from '../../../src/app/ports/gitlab-unavailable.ts';
import type { SigningKeys } from '../../../src/gitlab/oidc/fetch-signing-keys.ts';
import { createSigningKeys } from '../../../src/gitlab/oidc/signing-keys.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

const { publicKey: one } = await generateKeyPair('RS256');
const { publicKey: other } = await generateKeyPair('RS256');
const [seconds, minutes, hours] = [1000, 60_000, 3_600_000];

let clock: FakeClock;
let published: Record<string, CryptoKey> | Error;
let reads: number[];
let warnings: string[];
let news: string[];
/** Holds the answer of GitLab back. */
let held: Promise<void>;

beforeEach(() => {
  clock = createFakeClock();
  published = { one };
  reads = [];
  warnings = [];
  news = [];
  held = Promise.resolve();
});

const create = () =>
  createSigningKeys({
    clock,
    log: {
      warn: (_fields, message) => void warnings.push(message),
      info: (_fields, message) => void news.push(message),
    },
    fetchKeys: async (): Promise<SigningKeys> => {
      reads.push(clock.now());
      await held;
      if (published instanceof Error) throw published;
      return new Map(Object.entries(published));
    },
  });

/** How far apart in time GitLab was asked, in milliseconds. */
const gaps = (): number[] => reads.slice(1).map((at, index) => at - (reads[index] ?? 0));

test('are read once for all concurrent callers, and kept', async () => {
  const find = create();
  const found = await Promise.all(Array.from({ length: 100 }, () => find('one')));
  expect(new Set(found)).toEqual(new Set([one]));
  await clock.advance(9 * minutes);
  expect(await find('one')).toBe(one);
  expect(reads).toHaveLength(1);
});

test('are read again after ten minutes: one that was given up is trusted no longer', async () => {
  const find = create();
  await find('one');
  published = { other };
  await clock.advance(10 * minutes);
  expect(await find('one')).toBeNull();
  expect(await find('other')).toBe(other);
  expect(reads).toHaveLength(2);
});

test('one that is new is found, half a minute after the last look', async () => {
  const find = create();
  await find('one');
  published = { one, other };
  await clock.advance(30 * seconds - 1);
  expect(await find('other')).toBeNull();
  await clock.advance(1);
  expect(await find('other')).toBe(other);
  expect(gaps()).toEqual([30_000]);
});

test('a faulty of unknown ones reads twice a minute, whatever comes', async () => {
  const find = create();
  for (let second = 0; second < 300; second += 1) {
    const found = await Promise.all(Array.from({ length: 20 }, (_, index) => find(`${second} ${index}`)));
    expect(found.every((key) => key === null)).toBe(true);
    await clock.advance(seconds);
  }
  expect(reads).toHaveLength(10);
  expect(Math.min(...gaps())).toBe(30_000);
});

test('a faulty reads no more often while GitLab is slow', async () => {
  let answer: () => void = () => undefined;
  held = new Promise((resolve) => (answer = resolve));
  const find = create();
  const asked = [];
  for (let second = 0; second < 100; second += 1) {
    asked.push(find(String(second)));
    await clock.advance(seconds);
  }
  expect(reads).toHaveLength(1);
  answer();
  expect(new Set(await Promise.all(asked))).toEqual(new Set([null]));
  await clock.advance(30 * seconds - 1);
  await find('unknown');
  expect(reads).toHaveLength(1);
  await clock.advance(1);
  await find('unknown');
  expect(reads).toHaveLength(2);
});

describe('while GitLab is away', () => {
  const away = new Error('connect ECONNREFUSED');

  test('nobody can say whose a token is; GitLab is asked twice a minute, and all is well again after that', async () => {
    published = away;
    const find = create();
    for (let second = 0; second < 60; second += 1) {
      for (const id of ['one', 'unknown']) await expect(find(id)).rejects.toThrow(GitLabUnavailable);
      await clock.advance(seconds);
    }
    expect(gaps()).toEqual([30_000]);
    expect(warnings).toEqual(['the keys of id_tokens cannot be read from GitLab']);
    expect(news).toEqual([]);
    published = { one };
    expect(await find('one')).toBe(one);
    expect(await find('unknown')).toBeNull();
    await clock.advance(10 * minutes);
    await find('one');
    expect(news).toEqual(['the keys of id_tokens can be read from GitLab again']);
  });

  test('callers learn when to ask again', async () => {
    published = away;
    const find = create();
    await find('one').catch(() => undefined);
    await clock.advance(10 * seconds);
    const error = (await find('one').catch((thrown: unknown) => thrown)) as GitLabUnavailable;
    expect(error.unanswered.retryAfterMs).toBe(20_000);
  });

  test('the keys that are known are good, for a day', async () => {
    const find = create();
    await find('one');
    published = away;
    await clock.advance(24 * hours - 1);
    expect(await find('one')).toBe(one);
    await expect(find('other')).rejects.toThrow(GitLabUnavailable);
    await clock.advance(1);
    await expect(find('one')).rejects.toThrow(GitLabUnavailable);
  });
});
