import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { noSecrets } from '../../contracts/store-contract.ts';
import { aTrigger } from '../../fakes/triggers.ts';
import { eventually } from '../../support/eventually.ts';
import { hasChromium, openWorld } from './world.ts';

const world = await openWorld();

const rowsPerPage = 50;
const start = Date.now();
/** From the newest, which is on top of the first page, to the oldest. */
const ids = Array.from({ length: 1_000 }, (_, place) => `trg_many${place}`);
const idAt = (place: number): string => ids[place] ?? '';

async function fill(): Promise<void> {
  const { triggers } = world.service.store;
  const made = ids.map((id, place) =>
    triggers.create(aTrigger({ project: 'group/app' }, { id, at: start - place * 1_000 }), noSecrets, null),
  );
  await Promise.all(made);
}

const resolve = (place: number) =>
  world.call('POST', `/v1/triggers/${idAt(place)}/resolve`, { body: { outcome: 'success', reason: 'seen' } });

const shown = `[...document.querySelectorAll('#rows > tr')]`;
const rowsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`${shown}.map(({ id }) => id.replace('row-', ''))`);
const mark = (page: Page): Promise<void> => page.evaluate(`${shown}.forEach((row) => (row.mark = true))`);
/** How many rows are still those that were marked. */
const untouched = (page: Page): Promise<number> =>
  page.evaluate(`${shown}.filter(({ mark }) => mark).length`);

describe.skipIf(!hasChromium)('with a thousand pending triggers', async () => {
  if (hasChromium) await fill();

  test('news touch no row but those that they are about, and bring none of a later page', async () => {
    const page = await world.openAsAdmin('/?state=all');
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await rowsOf(page)).toEqual(ids.slice(0, rowsPerPage));
    await mark(page);
    await resolve(600);
    await resolve(7);
    await page
      .locator(`#row-${idAt(7)}`)
      .getByText('success')
      .waitFor();
    expect(await rowsOf(page)).toEqual(ids.slice(0, rowsPerPage));
    expect(await untouched(page)).toBe(rowsPerPage - 1);
  });

  test('a page that is read again takes over what is different, and leads on from where it ends', async () => {
    const page = await world.openAsAdmin('/');
    await page.getByText('Live', { exact: true }).waitFor();
    const before = await rowsOf(page);
    expect(before).toHaveLength(rowsPerPage);
    await mark(page);
    // Nobody tells it what happens meanwhile.
    await page.evaluate('dispatchEvent(new Event("pagehide"))');
    await resolve(9);
    await page.evaluate('dispatchEvent(new Event("pageshow"))');
    await eventually(async () => expect(await rowsOf(page)).not.toContain(idAt(9)));
    expect(await rowsOf(page)).toEqual([...before.filter((id) => id !== idAt(9)), idAt(51)]);
    expect(await untouched(page)).toBe(rowsPerPage - 1);
    await page.getByRole('link', { name: 'Older' }).click();
    await page.locator(`#row-${idAt(52)}`).waitFor();
    expect((await rowsOf(page))[0]).toBe(idAt(52));
  });

  test('one that is new comes first', async () => {
    const page = await world.openAsAdmin('/');
    await page.getByText('Live', { exact: true }).waitFor();
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    await page.locator(`#row-${id}`).waitFor();
    expect((await rowsOf(page))[0]).toBe(id);
  });
});
