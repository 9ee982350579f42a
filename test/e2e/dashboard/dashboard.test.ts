import { expect, test } from 'vitest';
import { adminToken } from '../../support/start-service.ts';
import { evilName, hasChromium, openWorld } from './world.ts';

const world = await openWorld();

test.skipIf(!hasChromium)('signs in, keeps the key out of the page’s reach, and signs out', async () => {
  const page = await world.open('/?state=all');
  await page.getByLabel('API key').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('This key is not in force').waitFor();
  await page.getByLabel('API key').fill(adminToken);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'All triggers' }).waitFor();
  expect(page.url()).toBe(`${world.url}/?state=all`);
  expect(await page.evaluate('document.cookie')).toBe('');
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  expect(cookie?.value).not.toContain(adminToken);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
});

test.skipIf(!hasChromium)('a trigger appears and finishes before one’s eyes', async () => {
  const page = await world.openAsAdmin('/');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('Nothing is pending.').waitFor();
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const row = page.locator(`#row-${id}`);
  await row.getByRole('link', { name: 'group/app' }).waitFor();
  const pipelineId = await world.pipelineOf(id);
  world.simulator.apply(pipelineId, 'run', ['build']);
  await row.getByText('running').waitFor();
  await row.getByText('build').waitFor();
  world.simulator.apply(pipelineId, 'success', ['build', 'unit']);
  await row.getByText('success').waitFor();
  await page.getByRole('status').getByText('group/app main: success').waitFor({ state: 'attached' });
  // Also when the page is read again, where the list of what is pending has it no more.
  const other = await world.trigger({ project: 'group/evil', ref: 'main' });
  await page.evaluate('dispatchEvent(new Event("pagehide"))');
  await world.pipelineOf(other.id);
  await page.evaluate('dispatchEvent(new Event("pageshow"))');
  await page.locator(`#row-${other.id}`).waitFor();
  await row.getByText('success').waitFor();
});

test.skipIf(!hasChromium)(
  'a manual job is played from its trigger’s page, which shows how it goes on',
  async () => {
    const { id } = await world.trigger({ project: 'group/manual', ref: 'main' });
    await world.finished(id);
    const page = await world.openAsAdmin(`/triggers/${id}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Play deploy' }).click();
    await page.getByRole('status').getByText('Playing deploy.').waitFor();
    await page.locator('#summary .badge', { hasText: 'success' }).waitFor();
    await page.locator('#timeline').getByText('Played deploy').waitFor();
    expect(await page.getByRole('button', { name: 'Play deploy' }).count()).toBe(0);
  },
);

test.skipIf(!hasChromium)('a page that is open keeps up with its trigger', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await world.pipelineOf(id);
  const page = await world.openAsAdmin(`/triggers/${id}`);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('Resolve by hand…').click();
  expect(await page.getByLabel('Outcome').inputValue()).toBe('');
  await page.getByLabel('Outcome').selectOption('success');
  await page.locator('#reason').fill('half of a sente');
  world.simulator.apply(pipelineId, 'run', ['build']);
  await page.locator('#jobs .badge', { hasText: 'running' }).waitFor();
  expect(await page.locator('#reason').inputValue()).toBe('half of a sente');
  await page.keyboard.type('nce');
  await page.keyboard.press('Enter');
  await page.getByText('It ended as success.').waitFor();
  await page.locator('#summary').getByText('half of a sentence').waitFor();
});

test.skipIf(!hasChromium)('a delivery is replayed', async () => {
  const { id } = await world.trigger({ project: 'group/manual', ref: 'main' });
  await world.finished(id);
  const page = await world.openAsAdmin('/deliveries');
  await page.getByRole('link', { name: 'Pipeline Hook' }).first().click();
  await page.getByText('"object_kind": "pipeline"').waitFor();
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByRole('status').getByText('Replayed').waitFor();
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByText('delivery.replay').first().waitFor();
});

test.skipIf(!hasChromium)('a script in a job’s name stays text', async () => {
  const page = await world.openAsAdmin('/');
  await page.getByText('Live', { exact: true }).waitFor();
  const { id } = await world.trigger({ project: 'group/evil', ref: 'main' });
  world.simulator.apply(await world.pipelineOf(id), 'run', [evilName]);
  // Once as the stream brings it, once as the server renders it.
  await page.locator(`#row-${id}`).getByText(evilName).waitFor();
  await page.locator(`#row-${id}`).getByRole('link', { name: 'group/evil' }).click();
  await page.locator('#jobs').getByText(evilName).waitFor();
  expect(await page.title()).not.toBe('taken over');
  expect(await page.locator('main script').count()).toBe(0);
});

test.skipIf(!hasChromium)('everything but the live updates works without JavaScript', async () => {
  const { id } = await world.trigger({ project: 'group/manual', ref: 'main' });
  await world.finished(id);
  const page = await world.openAsAdmin('/', { javaScriptEnabled: false });
  await page.getByLabel('State').selectOption('finished');
  await page.getByLabel('Project').fill('group/manual');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.locator(`#row-${id}`).getByRole('link', { name: 'group/manual' }).click();
  await page.getByText('Play manual jobs…').click();
  await page.locator('#actions').getByRole('button', { name: 'Play' }).click();
  await page.getByText('Playing deploy.').waitFor();
  await world.finished(id);
  await page.getByRole('link', { name: 'Keys' }).click();
  await page.getByLabel('Name').fill('made-without-a-script');
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.locator('.secret').waitFor();
  page.getByRole('row', { name: 'made-without-a-script' });
  await page.getByText('Revoke…').click();
  await page.getByRole('button', { name: 'Revoke made-without-a-script' }).click();
  await page.getByText('is refused from now on').waitFor();
});

test.skipIf(!hasChromium)('a page finds back to a service that was away', async () => {
  const page = await world.openAsAdmin('/');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.context().setOffline(true);
  await page.evaluate('dispatchEvent(new Event("pagehide"))');
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await page.context().setOffline(false);
  await page.evaluate('dispatchEvent(new Event("pageshow"))');
  await page.locator(`#row-${id}`).waitFor();
});
