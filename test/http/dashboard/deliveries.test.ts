import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';
import type { TestBrowser } from './browser.ts';
import { makeKey, signedIn } from './browser.ts';

const world = await startService();
afterAll(world.stop);

let admin: TestBrowser;
beforeAll(async () => {
  admin = await signedIn(world.url);
});

const idsOn = (text: string): readonly string[] =>
  [...text.matchAll(/href="\/deliveries\/(dlv_\w+)"/g)].map(([, id = '']) => id);

test('an empty inbox says how to fill it', async () => {
  expect((await admin.get('/deliveries')).text).toContain('Settings → Webhooks');
});

test('the inbox shows what GitLab sent, what it says, and whom nobody waits for', async () => {
  const variables = { TOKEN: 'canary-value' };
  const { id } = await world.trigger({ project: 'group/green', ref: 'main', variables });
  await world.finished(id);
  const { text } = await eventually(async () => {
    const page = await admin.get('/deliveries');
    expect(page.text).toMatch(/success<\/span[\s\S]*?Pipeline Hook/);
    return page;
  });
  expect(text).toContain('group/green');
  for (const one of idsOn(text)) {
    const { text: page } = await admin.get(`/deliveries/${one}`);
    expect(page).toMatch(/object_kind|build_status/);
    expect(page).not.toContain('canary-value');
  }
  expect(idsOn((await admin.get('/deliveries?unmatched=1')).text)).toEqual([]);
});

test('a delivery is replayed, and the audit log says who asked for it', async () => {
  const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(id);
  const [delivery = ''] = idsOn((await admin.get('/deliveries')).text);
  const { text } = await admin.submit(`/deliveries/${delivery}/replay`);
  expect(text).toContain('Replayed');
  const { text: log } = await admin.get(`/audit?subject=${delivery}`);
  expect(log).toContain('delivery.replay');
  expect(log).toContain(`href="/deliveries/${delivery}"`);
});

test('it comes in pages', async () => {
  const seen = new Set<string>();
  let path: string | undefined = '/deliveries';
  for (; path !== undefined && seen.size < 500;) {
    const { text }: { text: string } = await admin.get(path);
    for (const one of idsOn(text)) expect(seen.has(one)).toBe(false);
    for (const one of idsOn(text)) seen.add(one);
    path = /href="([^"]*)"[^>]*rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
  }
  expect(seen.size).toBe(world.simulator.deliveries.length);
});

test('what is not there is not found', async () => {
  expect((await admin.get('/deliveries/dlv_none')).status).toBe(404);
  expect((await admin.post('/deliveries/dlv_none/replay')).status).toBe(404);
});

test.each([
  ['GET', '/deliveries'],
  ['GET', '/deliveries/dlv_1'],
  ['GET', '/keys'],
  ['GET', '/audit'],
])('%s %s is for admins', async (_method, path) => {
  const name = `trigger-${path.replaceAll(/\W/g, '-')}`;
  const browser = await signedIn(world.url, (await makeKey(world, { name })).secret);
  const { status, text } = await browser.get(path);
  expect(status).toBe(403);
  expect(text).toContain('only an admin may see or do this');
});
