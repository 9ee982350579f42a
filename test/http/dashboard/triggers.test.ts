import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { aTrigger } from '../../fakes/triggers.ts';
import { exchange } from '../../support/raw-exchange.ts';
import { apiToken } from '../../support/scenario.ts';
import { startService } from '../../support/start-service.ts';
import type { TestBrowser } from './browser.ts';
import { makeKey, signedIn } from './browser.ts';

const evil = `<script>alert("job")</script>`;
const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 5 },
  projects: [
    { id: 1, path: 'group/app', ci: { [evil]: { script: 'x' }, other: { script: 'x' } }, autoRun: false },
    { id: 2, path: 'other/app', ci: { build: { script: 'x' } } },
  ],
};

const noSecrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };

const world = await startService({ scenario });
afterAll(world.stop);

let admin: TestBrowser;
let running: string;
let finished: string;
beforeAll(async () => {
  admin = await signedIn(world.url);
  ({ id: running } = await world.trigger({ project: 'group/app', ref: 'main' }));
  world.simulator.apply(await world.pipelineOf(running), 'run', [evil]);
  ({ id: finished } = await world.trigger({ project: 'other/app', ref: 'main' }));
  await world.finished(finished);
});

/** The ids of the triggers on a page, in their order. */
const idsOn = (text: string): readonly string[] =>
  [...text.matchAll(/id="row-(\w+)"/g)].map(([, id = '']) => id);

const idsAt = async (path: string, browser = admin): Promise<readonly string[]> => {
  const { status, text } = await browser.get(path);
  expect(status).toBe(200);
  return idsOn(text);
};

describe('the list', () => {
  test('shows what waits, for which job, and what has finished if asked', async () => {
    const { text } = await admin.get('/');
    expect(idsOn(text)).toEqual([running]);
    expect(text).toContain('&lt;script&gt;alert(&quot;job&quot;)&lt;/script&gt;');
    expect(text).not.toContain(evil);
    expect(await idsAt('/?state=finished')).toEqual([finished]);
    expect(await idsAt('/?state=all')).toEqual([finished, running]);
  });

  test('keeps its filters in the address, and in the form', async () => {
    expect(await idsAt('/?state=all&project=other/app')).toEqual([finished]);
    expect(await idsAt('/?state=all&project=other/app&ref=dev')).toEqual([]);
    const { text } = await admin.get(`/?project=${encodeURIComponent('"><script>')}&ref=main`);
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(text).toContain('No trigger matches');
  });

  test.each([['state=running'], ['state=all&state=x'], ['project='], ['project[]=x'], ['cursor=']])(
    'takes what the address says wrongly as not said: %s',
    async (query) => expect(await idsAt(`/?${query}`)).toEqual([running]),
  );

  test('says that a cursor is none of its own', async () => {
    const { status, text } = await admin.get('/?cursor=x');
    expect(status).toBe(400);
    expect(text).toContain('cursor: not one that this service gave');
  });

  test('comes in pages', async () => {
    const many = await startService({ scenario });
    try {
      const ids = Array.from({ length: 120 }, (_, index) => `trg_${120 - index}`);
      for (const [index, id] of ids.entries()) {
        const trigger = aTrigger({}, { id, at: 1000 - index });
        await many.service.store.triggers.create(trigger, noSecrets, null);
      }
      const browser = await signedIn(many.url);
      const seen: string[] = [];
      for (let path: string | undefined = '/'; path !== undefined;) {
        const { text } = await browser.get(path);
        seen.push(...idsOn(text));
        path = /<a[^>]*href="([^"]*)"[^>]*rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      }
      expect(seen).toEqual(ids);
    } finally {
      await many.stop();
    }
  });
});

describe('a key sees', () => {
  let made = 0;
  const withKey = async (role: 'read' | 'trigger', projects?: readonly string[]) => {
    made += 1;
    const order = { name: `key-${made}`, role, ...(projects === undefined ? {} : { projects }) };
    return signedIn(world.url, (await makeKey(world, order)).secret);
  };

  test('its projects if it reads, its own triggers if it triggers; nothing for admins', async () => {
    const reader = await withKey('read', ['group/*']);
    expect(await idsAt('/?state=all', reader)).toEqual([running]);
    const outsider = await withKey('trigger');
    expect(await idsAt('/?state=all', outsider)).toEqual([]);
    const { text } = await reader.get('/');
    expect(text).not.toContain('href="/keys"');
  });

  test('nothing of what is not its own, as if it were not there', async () => {
    const reader = await withKey('read', ['group/*']);
    expect((await reader.get(`/triggers/${running}`)).status).toBe(200);
    for (const path of [`/triggers/${finished}`, '/triggers/trg_none', `/triggers/${finished}/log`]) {
      const { status, text } = await reader.get(path);
      expect(status).toBe(404);
      expect(text).toContain('there is no such trigger');
    }
  });

  test('no buttons where it may only read', async () => {
    const reader = await withKey('read');
    expect((await reader.get(`/triggers/${running}`)).text).not.toContain(`action="/triggers/${running}/`);
    expect((await admin.get(`/triggers/${running}`)).text).toContain(`action="/triggers/${running}/cancel"`);
  });
});

test('every page forbids what it does not need', async () => {
  for (const path of ['/', '/sign-in', `/triggers/${running}`, '/triggers/none']) {
    const { headers, text } = await admin.get(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
  }
});

test('what pages load comes from here, with its type, and is kept as long as it does not change', async () => {
  const { text } = await admin.get('/');
  const urls = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url = '']) => url);
  const types = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const;
  expect(new Set(urls.map((url) => /\.(\w+)\?v=/.exec(url)?.[1]))).toEqual(new Set(Object.keys(types)));
  for (const url of urls) {
    const answer = await world.call('GET', url, { token: null });
    const [, kind] = /\.(\w+)\?/.exec(url) ?? [];
    expect(answer.headers.get('content-type')).toMatch(types[kind as keyof typeof types]);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const known = { 'if-none-match': answer.headers.get('etag') ?? '' };
    expect((await exchange(world.url, { method: 'GET', path: url, headers: known })).status).toBe(304);
  }
});

test('the dashboard takes no path of the contract', async () => {
  for (const path of ['/healthz', '/readyz', '/v1/triggers', '/v1/none', '/webhooks/none', '/none'])
    expect((await admin.get(path)).headers.get('content-type')).toMatch(/json/);
  expect((await world.call('POST', '/')).status).toBe(405);
});
