import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { findingsOn, overflowOf } from './axe.ts';
import { fill, outsidersKey } from './fill.ts';
import { hasChromium, openWorld } from './world.ts';

const world = await openWorld();

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1280, height: 800 } };

/** Axe takes a second for a page, and there are thirty of them. */
const timeoutMs = 240_000;

describe.skipIf(!hasChromium)('every page', async () => {
  const paths = hasChromium ? await fill(world) : [];
  const outsider = hasChromium ? await outsidersKey(world) : '';

  describe.each([
    ['a desk', 'light', 'dark', desktop],
    ['a phone', 'dark', 'light', phone],
  ] as const)(
    'is accessible and fits, on %s',
    { timeout: timeoutMs },
    (_where, theme, otherTheme, screen) => {
      const options = { colorScheme: theme, ...screen };

      async function expectGood(page: Page, what: string): Promise<void> {
        expect(await findingsOn(page, { otherTheme }), what).toEqual([]);
        expect(await overflowOf(page), what).toBeLessThanOrEqual(0);
      }

      test('what an admin sees', async () => {
        const page = await world.openAsAdmin('/', options);
        for (const path of paths) {
          await page.goto(`${world.url}${path}`);
          await expectGood(page, path);
        }
        await page.goto(`${world.url}/hooks`);
        // What is looked at is what is meant to be.
        await page.getByText('unhealthy').first().waitFor();
      });

      test('signing in, also with a wrong key', async () => {
        const page = await world.open('/sign-in', options);
        await expectGood(page, 'sign in');
        await page.getByLabel('API key').fill('wrong');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('alert').waitFor();
        await expectGood(page, 'a wrong key');
      });

      test('a form that was wrong, and a key right after it was made', async () => {
        const page = await world.openAsAdmin('/keys', options);
        await page.getByLabel('Name').fill('has space');
        await page.getByRole('button', { name: 'Make the key' }).click();
        await page.getByRole('alert').waitFor();
        await expectGood(page, 'a wrong name');
        await page.getByLabel('Name').fill('right-after');
        await page.getByRole('button', { name: 'Make the key' }).click();
        await page.locator('.secret').waitFor();
        await expectGood(page, 'a new key');
      });

      test('where there is nothing yet, and what is not for everyone', async () => {
        const page = await world.openAsAdmin('/', options, outsider);
        await page.getByText('Nothing is pending.').waitFor();
        await expectGood(page, 'nothing is pending');
        for (const path of ['/?state=all', '/keys']) {
          await page.goto(`${world.url}${path}`);
          await expectGood(page, path);
        }
      });
    },
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
