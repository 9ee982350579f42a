import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

type Theme = 'light' | 'dark';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds, as far as it keeps somebody from using the page. */
async function run(page: Page, options: object): Promise<readonly string[]> {
  const results: AxeResults = await page.evaluate(`axe.run(${JSON.stringify(options)})`);
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/**
 * What is wrong with a page in both themes: the one it is shown in is looked at as a whole, the other for its colours.
 * Run from outside: the page's policy forbids scripts.
 */
export async function findingsOn(
  page: Page,
  { otherTheme }: { otherTheme: Theme },
): Promise<readonly string[]> {
  // What can be opened is looked into as well.
  await page.evaluate('document.querySelectorAll("details").forEach((each) => (each.open = true))');
  await page.evaluate(axe);
  const findings = await run(page, {});
  await page.emulateMedia({ colorScheme: otherTheme });
  const others = await run(page, { runOnly: ['color-contrast'] });
  await page.emulateMedia({ colorScheme: null });
  return [...findings, ...others.map((finding) => `${otherTheme}: ${finding}`)];
}

/** By how many pixels a page is wider than its screen. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
