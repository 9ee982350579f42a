import { afterAll, expect, test } from 'vitest';
import { startService } from '../../support/start-service.ts';
import { makeKey, openBrowser, signedIn } from './browser.ts';

const world = await startService();
afterAll(world.stop);
const admin = await signedIn(world.url);

const secretOn = (text: string): string | undefined => /class="secret">([^<]+)</.exec(text)?.[1];

test('a key is made, shown once, is of use, and is of none after it was revoked', async () => {
  const answer = await admin.post('/keys', {
    name: 'ci',
    role: 'trigger',
    projects: 'group/* a/b',
    days: '30',
  });
  const page = answer.headers.get('location')?.replace('#flash', '') ?? '';
  const secret = secretOn((await admin.get(page)).text) ?? '';
  expect(secretOn((await admin.get(page)).text)).toBeUndefined();
  expect((await admin.get('/keys')).text).not.toContain(secret);
  const [key] = await world.service.keys.list();
  expect(key).toMatchObject({ name: 'ci', role: 'trigger', projects: ['group/*', 'a/b'] });
  const started = { project: 'group/green', ref: 'main' };
  expect((await world.call('POST', '/v1/triggers', { token: secret, body: started })).status).toBe(202);
  const { text } = await admin.submit(`/keys/${key?.id}/revoke`);
  expect(text).toContain('The key ci is refused from now on.');
  expect(text).toMatch(/revoked<\/span/);
  expect((await openBrowser(world.url).post('/sign-in', { key: secret })).status).toBe(401);
  const { text: log } = await admin.get('/audit?actor=admin');
  expect(log).toMatch(/request: <bdi>[\da-f-]{36}<\/bdi>/);
  expect(log).toContain('key.create');
  expect(log).toContain('key.revoke');
  expect(log).not.toContain(secret);
});

test.each([
  [{ name: 'has space' }, 'name: expected up to 63 letters'],
  [{ name: '' }, 'name: please fill it in'],
  [{ name: 'ci', projects: 'a/b //c' }, 'projects: expected a path as GitLab shows it'],
  [{ name: 'ci', days: '0' }, 'days: expected a whole number from 1 to 36500'],
  [{ name: 'ci', days: 'many' }, 'days: expected a whole number from 1 to 36500'],
])('%j makes none', async (fields, problem) => {
  const before = (await world.service.keys.list()).length;
  const { text } = await admin.submit('/keys', fields);
  expect(text).toContain(problem);
  expect(secretOn(text)).toBeUndefined();
  expect(await world.service.keys.list()).toHaveLength(before);
});

test('a key without a role may only read', async () => {
  await admin.submit('/keys', { name: 'careful', role: 'emperor' });
  expect((await world.service.keys.list()).find(({ name }) => name === 'careful')).toMatchObject({
    role: 'read',
  });
});

test('who is no admin makes and revokes nothing', async () => {
  const { key, secret } = await makeKey(world, { name: 'no-admin' });
  const browser = await signedIn(world.url, secret);
  expect((await browser.post('/keys', { name: 'mine', role: 'admin' })).headers.get('location')).toMatch(
    /^\/keys/,
  );
  await browser.post(`/keys/${key.id}/revoke`);
  const keys = await world.service.keys.list();
  expect(keys.some(({ name }) => name === 'mine')).toBe(false);
  expect(keys.find(({ id }) => id === key.id)?.revokedAt).toBeNull();
});
