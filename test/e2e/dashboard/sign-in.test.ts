import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { launchChromium } from '../../support/chromium.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import type { Username } from '../../support/people.ts';
import { peopleEnv, peopleScenario } from '../../support/people.ts';
import { startService } from '../../support/start-service.ts';
import { findingsOn } from './axe.ts';
import { hasChromium } from './world.ts';

describe.skipIf(!hasChromium)('a person in a browser', async () => {
  if (!hasChromium) return;
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  let aheadMs = 0;
  const world = await startService({
    port,
    scenario: peopleScenario(`${publicUrl}/sign-in/gitlab`),
    env: { ...peopleEnv, PUBLIC_URL: publicUrl },
    clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
  });
  let browser: Browser;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
    expect(complaints).toEqual([]);
  });

  async function open(path: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(100_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(publicUrl + path);
    return page;
  }

  /** Opens a page, and goes by the sign-in page and GitLab's to it. */
  async function openAs(username: Username, path: string): Promise<Page> {
    const page = await open(path);
    await page.getByRole('link', { name: 'Sign in with GitLab' }).click();
    await page.getByRole('link', { name: `Authorize as ${username}` }).click();
    await page.waitForURL(publicUrl + path);
    return page;
  }

  async function waiting(): Promise<string> {
    const manual = [{ job: 'deploy', action: 'approve' }];
    const { id } = await world.trigger({ project: 'group/manual', ref: 'main', manual });
    await eventually(async () => {
      const { json } = await world.call('GET', `/v1/triggers/${id}`);
      expect((json as TriggerView).approvals).toHaveLength(1);
    });
    return id;
  }

  test('signs in, approves what waits on top of the list, and signs out', async () => {
    const id = await waiting();
    const page = await openAs('marge', '/');
    expect(await page.title()).toMatch(/^\(1\) /);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.locator('#to-approve').getByRole('link', { name: 'group/manual' }).click();
    await page.getByLabel('Comment').fill('tested');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Approved: the job is played.').waitFor();
    expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in with GitLab' }).waitFor();
    await page.goto(`${publicUrl}/triggers/${id}`);
    await page.getByRole('link', { name: 'Sign in with GitLab' }).waitFor();
  });

  test('an approval that is asked for shows up on an open page and in its tab', async () => {
    const page = await openAs('marge', '/');
    await page.getByText('Live', { exact: true }).waitFor();
    const id = await waiting();
    await page.locator(`#to-approve a[href*="${id}"]`).waitFor();
    await eventually(async () => expect(await page.title()).toMatch(/^\(1\) /));
    await world.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome: 'failed', reason: 'enough' } });
    await eventually(async () => expect(await page.title()).not.toMatch(/^\(/));
  });

  test('who refuses in GitLab is not signed in, and may try again', async () => {
    const page = await open('/');
    await page.getByRole('link', { name: 'Sign in with GitLab' }).click();
    await page.getByRole('link', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'Sign in with GitLab' }).waitFor();
  });

  test('who is blocked meanwhile is signed out within five minutes', async () => {
    const page = await openAs('gus', '/');
    await page.getByText('ask one of its Maintainers').waitFor();
    world.simulator.setUserState('gus', 'blocked');
    aheadMs += 5 * 60_000;
    await page.reload();
    await page.getByRole('link', { name: 'Sign in with GitLab' }).waitFor();
  });

  test('the pages for people are accessible', async () => {
    await waiting();
    for (const [username, path] of [
      ['marge', '/'],
      ['nina', '/'],
    ] as const)
      expect(await findingsOn(await openAs(username, path), { otherTheme: 'dark' })).toEqual([]);
    expect(await findingsOn(await open('/sign-in'), { otherTheme: 'dark' })).toEqual([]);
  });
});
