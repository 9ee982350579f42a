import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { chromiumPath, launchChromium } from '../../support/chromium.ts';
import { apiToken } from '../../support/scenario.ts';
import { adminToken, startService } from '../../support/start-service.ts';

/** What somebody may call a job. */
export const evilName = '<script>document.title = "taken over"</script>';
export const odd = { rtl: 'اختبار الوحدة', emoji: 'deploy 🚀', long: 'a-very-long-name-'.repeat(12) };

const jobs = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { script: 'make' }]));
const manual = { when: 'manual', allow_failure: false, script: 'make' };

const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 10 },
  projects: [
    { id: 1, path: 'group/app', ci: jobs(['build', 'unit']), autoRun: false },
    {
      id: 2,
      path: 'group/manual',
      ci: { build: { script: 'make' }, deploy: { stage: 'deploy', ...manual } },
    },
    { id: 3, path: 'group/evil', ci: jobs([evilName, ...Object.values(odd)]), autoRun: false },
    {
      id: 4,
      path: 'group/failing',
      ci: jobs(['unit']),
      jobs: { unit: { result: 'failed', trace: 'ERROR: exit code 1\n' } },
    },
    {
      id: 5,
      path: 'group/many',
      ci: jobs(Array.from({ length: 200 }, (_, n) => `test ${n + 1}/200`)),
      autoRun: false,
    },
  ],
};

export const hasChromium = chromiumPath !== null;

/** A service beside a simulated GitLab, and a browser to look at it with. Nothing is started where there is no browser. */
export async function openWorld() {
  if (!hasChromium) return null as never;
  let aheadMs = 0;
  const world = await startService({
    scenario,
    env: { PUBLIC_URL: 'http://127.0.0.1:1' },
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
    // What the policy forbids, what cannot be loaded and what is thrown all end up here.
    expect(complaints).toEqual([]);
  });

  /** Opens a page in a browser of its own. */
  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(100_000);
    page.on('console', (message) => {
      // That there is no such page, or that it is not for them, is what some tests want to see.
      const isRefusal = /responded with a status of 4\d\d/.test(message.text());
      if (message.type() === 'error' && !isRefusal) complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    await page.goto(`${world.url}${path}`);
    return page;
  }

  /** A page as its admin sees it, or the holder of the key; goes through the sign-in form. */
  async function openAsAdmin(path: string, options?: BrowserContextOptions, key = adminToken): Promise<Page> {
    const page = await open(path, options);
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${world.url}${path}`);
    return page;
  }

  /** Lets so much time pass that the watch looks at all projects: their hooks do not call PUBLIC_URL. */
  async function findHooksUnhealthy(): Promise<void> {
    await world.service.hookWatch.round();
    aheadMs += 10 * 60_000;
    await world.service.hookWatch.round();
    await world.service.hookWatch.round();
  }

  return { ...world, open, openAsAdmin, findHooksUnhealthy };
}
