import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { startService } from '../../support/start-service.ts';
import type { TestBrowser } from './browser.ts';
import { makeKey, openBrowser, signedIn } from './browser.ts';

/** Long enough for the watch to look at a project that stays silent. */
const silenceMs = 10 * 60_000;
let aheadMs = 0;

/** Where GitLab finds nobody, so that each test of a hook fails. */
const nowhere = 'http://127.0.0.1:1';
const world = await startService({
  env: { PUBLIC_URL: nowhere },
  hooks: false,
  clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
});
afterAll(world.stop);
const { simulator } = world;

let admin: TestBrowser;
beforeEach(async () => {
  admin = await signedIn(world.url);
  simulator.faults.api.splice(0);
  simulator.clearRequests();
});

const hookRequests = (): readonly string[] =>
  simulator.requests.filter(({ path }) => path.includes('hooks')).map(({ method }) => method);

const why = { message: '403 Forbidden - <no> way' };

test('where nothing is waited for the page says what to do, and asks GitLab nothing', async () => {
  const { status, text } = await admin.get('/hooks');
  expect(status).toBe(200);
  expect(text).toContain('Name a project above');
  expect(text).toContain('href="/hooks" aria-current="page"');
  expect(simulator.requests).toEqual([]);
});

describe('a project that is named', () => {
  test('is read, and shown with what is wrong and what helps', async () => {
    const { text } = await admin.get('/hooks?project=group/green');
    expect(text).toContain('No hook reports its changes.');
    expect(text).toMatch(/error<\/span/);
    expect(text).toContain(`no hook calls ${nowhere}/webhooks/gitlab`);
    expect(text).toContain('hooks install');
    expect(new Set(hookRequests())).toEqual(new Set(['GET']));
  });

  test('is not taken for markup', async () => {
    const { text } = await admin.get(`/hooks?project=${encodeURIComponent('"><script>')}`);
    expect(text).not.toContain('"><script>');
  });

  test('that GitLab does not show is reported in GitLab’s words', async () => {
    simulator.faults.api.push({ kind: 'status', status: 403, body: why });
    const { status, text } = await admin.get('/hooks?project=group/green');
    expect(status).toBe(422);
    expect(text).toContain('403 Forbidden - &lt;no&gt; way');
  });
});

describe('the button', () => {
  test('makes a hook, says what came of it, and is written down', async () => {
    const { text } = await admin.submit('/hooks/repair', { project: 'group/manual' });
    expect(text).toMatch(/role="alert"[^>]*>\s*<p>A hook was made. Its test failed: .*ECONNREFUSED/);
    expect(text).toMatch(/Hook \d+ calls/);
    const { text: log } = await admin.get('/audit?subject=group/manual');
    expect(log).toContain('hook.install');
    expect(log).toContain('href="/audit?actor=admin"');
  });

  test('tells what GitLab said when it refused', async () => {
    simulator.faults.api.push({ kind: 'status', status: 403, body: why });
    const { text } = await admin.submit('/hooks/repair', { project: 'group/green' });
    expect(text).toContain('403 Forbidden - &lt;no&gt; way');
    expect((await admin.submit('/hooks/repair', {})).text).toContain('project: please fill it in');
  });

  test('is refused from another site, and to who is no admin', async () => {
    const form = { project: 'group/flaky' };
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await admin.post('/hooks/repair', form, foreign)).status).toBe(403);
    const browser = await signedIn(world.url, (await makeKey(world, { name: 'no-admin' })).secret);
    await browser.post('/hooks/repair', form);
    expect((await browser.get('/hooks')).status).toBe(403);
    expect((await browser.get('/')).text).not.toContain('href="/hooks"');
    expect((await openBrowser(world.url).post('/hooks/repair', form)).headers.get('location')).toBe(
      '/sign-in',
    );
    expect(hookRequests()).toEqual([]);
  });
});

test('a pending trigger without a healthy hook is marked wherever it stands, without any read', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.pipelineOf(id);
  expect((await admin.get('/')).text).not.toContain('no healthy hook');
  aheadMs = silenceMs;
  await world.service.hookWatch.round();
  await world.service.hookWatch.round();
  simulator.clearRequests();
  for (const path of ['/', `/triggers/${id}`]) {
    const { text } = await admin.get(path);
    expect(text).toContain('no healthy hook');
    expect(text).toContain(`no hook calls ${nowhere}/webhooks/gitlab`);
  }
  expect((await admin.get(`/triggers/${id}`)).text).toContain('href="/hooks?project=group%2Fapp"');
  const { text } = await admin.get('/hooks');
  expect(text).toMatch(/unhealthy<\/span/);
  expect(text).toContain('Remedy: hooks install');
  expect(text).toContain('aria-label="Install or repair the hook of group/app"');
  expect(hookRequests()).toEqual([]);
  const { secret } = await makeKey(world, { name: 'reader', role: 'read' });
  const { text: page } = await (await signedIn(world.url, secret)).get(`/triggers/${id}`);
  expect(page).toContain('no healthy hook');
  expect(page).not.toContain('href="/hooks');
});
