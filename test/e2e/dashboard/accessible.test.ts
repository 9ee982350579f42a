import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { adminToken } from '../../support/start-service.ts';
import { hasChromium, openWorld } from './world.ts';

const world = await openWorld();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds on a page, as far as it keeps somebody from using it. Run from outside: the page's policy forbids scripts. */
async function findingsOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const results: AxeResults = await page.evaluate('axe.run()');
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1280, height: 800 } };

/** Each page once, with as much on it as there can be. */
async function fill() {
  for (const project of ['group/app', 'group/evil', 'group/many']) {
    const { id } = await world.trigger({ project, ref: 'main' });
    await world.pipelineOf(id);
  }
  const failed = await world.trigger({ project: 'group/failing', ref: 'main' });
  const held = await world.trigger({ project: 'group/manual', ref: 'main' });
  const many = await world.trigger({ project: 'group/many', ref: 'main' });
  const odd = await world.trigger({ project: 'group/evil', ref: 'main' });
  for (const { id } of [failed, held]) await world.finished(id);
  await world.service.keys.create(
    { name: 'ci', role: 'trigger', projects: ['group/*'], days: 30 },
    { id: 'operator@cli', from: 'test' },
  );
  await world.service.hookWatch.round();
  const inbox = await world.service.store.inbox.list({ limit: 1, cursor: null, unmatched: false });
  const triggers = [failed, held, many, odd].map(({ id }) => `/triggers/${id}`);
  const deliveries = ['/deliveries', `/deliveries/${inbox.items[0]?.delivery.id}`];
  return [
    '/',
    '/?state=all',
    '/?project=none',
    ...triggers,
    ...deliveries,
    '/hooks',
    '/hooks?project=group/app',
    '/keys',
    '/audit',
    '/triggers/none',
  ];
}

/** Axe takes a second for a page, and there are fifteen of them. */
const patienceMs = 180_000;

describe.skipIf(!hasChromium)('every page', async () => {
  const paths = hasChromium ? await fill() : [];

  test.each([
    ['light', 'a desk', desktop],
    ['dark', 'a phone', phone],
  ] as const)(
    'is accessible and fits: %s, on %s',
    async (colorScheme, _where, screen) => {
      const page = await world.open('/sign-in', { colorScheme, ...screen });
      expect(await findingsOn(page)).toEqual([]);
      await page.getByLabel('API key').fill(adminToken);
      await page.getByRole('button', { name: 'Sign in' }).click();
      for (const path of paths) {
        await page.goto(`${world.url}${path}`);
        // What can be opened is looked into as well.
        await page.evaluate('document.querySelectorAll("details").forEach((each) => (each.open = true))');
        expect(await findingsOn(page), path).toEqual([]);
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.evaluate(overflow), path).toBeLessThanOrEqual(0);
      }
    },
    patienceMs,
  );

  test('can be used with the keyboard alone', async () => {
    const page = await world.openAsAdmin('/?state=all');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('state');
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    expect(await page.evaluate(outline)).toBe('solid');
  });

  test('moves nothing where the reader wants no motion', async () => {
    const page = await world.openAsAdmin('/?state=all', { reducedMotion: 'reduce' });
    const moving = 'document.getAnimations().length';
    expect(await page.evaluate(moving)).toBe(0);
  });
});
