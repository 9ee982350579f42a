import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';
import { formType, makeKey, openBrowser, signedIn } from './browser.ts';

const world = await startService();
afterAll(world.stop);
const admin = await signedIn(world.url);

const why = { reason: 'it is late' };

/** A trigger whose pipeline a test moves. */
async function standing(): Promise<{ id: string; pipelineId: number }> {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  return { id, pipelineId: await world.pipelineOf(id) };
}

async function ended(project: string): Promise<string> {
  const { id } = await world.trigger({ project, ref: 'main' });
  await world.finished(id);
  return id;
}

describe('a button', () => {
  test('cancels, and the next page says so, once', async () => {
    const { id } = await standing();
    const answer = await admin.post(`/triggers/${id}/cancel`, why);
    expect(answer.status).toBe(303);
    const page = answer.headers.get('location')?.replace('#flash', '') ?? '';
    expect(page).toMatch(new RegExp(`^/triggers/${id}\\?message=`));
    expect((await admin.get(page)).text).toContain('The pipeline is being canceled.');
    expect((await admin.get(page)).text).not.toContain('The pipeline is being canceled.');
    expect(await world.finished(id)).toMatchObject({
      outcome: 'canceled',
      reason: 'canceled by admin: it is late',
    });
  });

  test('plays the job it stands beside', async () => {
    const id = await ended('group/manual');
    const { text } = await admin.get(`/triggers/${id}`);
    expect(text).toMatch(/aria-label="Play deploy"/);
    expect((await admin.submit(`/triggers/${id}/play`, { job: 'deploy' })).text).toContain('Playing deploy.');
    expect(await world.finished(id)).toMatchObject({ outcome: 'success', playedJobs: [{ name: 'deploy' }] });
    const again = await admin.submit(`/triggers/${id}/play`, { job: 'deploy' });
    expect(again.text).toContain('There was nothing to play any more.');
  });

  test('plays the jobs that were ticked, or all that block', async () => {
    const [one, other] = [await ended('group/manual'), await ended('group/manual')];
    const ticked = await admin.submit(`/triggers/${one}/play`, [
      ['job', 'rollback'],
      ['job', 'deploy'],
    ]);
    expect(ticked.text).toContain('Playing rollback, deploy.');
    expect((await admin.submit(`/triggers/${other}/play`)).text).toContain('Playing deploy.');
  });

  test('runs again what failed', async () => {
    const id = await ended('group/flaky');
    expect((await admin.submit(`/triggers/${id}/retry`)).text).toContain('What failed is being run again.');
    expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
  });

  test('looks at GitLab', async () => {
    const { id, pipelineId } = await standing();
    world.simulator.clearRequests();
    await admin.submit(`/triggers/${id}/reconcile`);
    await eventually(() =>
      expect(world.simulator.requests.map(({ path }) => path)).toContainEqual(
        expect.stringContaining(`/pipelines/${pipelineId}`),
      ),
    );
  });

  test('ends a trigger by hand, with a reason', async () => {
    const { id } = await standing();
    const without = await admin.submit(`/triggers/${id}/resolve`, { outcome: 'success', reason: ' ' });
    expect(without.text).toMatch(/role="alert"[^>]*>\s*<p>reason: please fill it in/);
    const wrong = await admin.submit(`/triggers/${id}/resolve`, { outcome: 'great', reason: 'x' });
    expect(wrong.text).toContain('outcome: please choose one');
    const reason = 'deployed <by> hand';
    const done = await admin.submit(`/triggers/${id}/resolve`, { outcome: 'success', reason });
    expect(done.text).toContain('It ended as success.');
    expect(done.text).toContain('deployed &lt;by&gt; hand');
    expect(await world.finished(id)).toMatchObject({ outcome: 'success', reason });
  });

  test('tells what GitLab said when it refused', async () => {
    const id = await ended('group/manual');
    world.simulator.faults.api.push({
      kind: 'status',
      status: 403,
      body: { message: '403 Forbidden - <no> way' },
    });
    const { text } = await admin.submit(`/triggers/${id}/play`, { job: 'deploy' });
    world.simulator.faults.api.splice(0);
    expect(text).toContain('403 Forbidden - &lt;no&gt; way');
  });
});

describe('a form is refused', () => {
  test.each([
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a sister site', { 'sec-fetch-site': 'same-site' }],
    ['from nowhere', { 'sec-fetch-site': 'none' }],
  ])('%s', async (_where, headers) => {
    const { id } = await standing();
    expect((await admin.post(`/triggers/${id}/cancel`, why, headers)).status).toBe(403);
    expect((await admin.post('/sign-out', {}, headers)).status).toBe(403);
    expect((await openBrowser(world.url).post('/sign-in', { key: 'x' }, headers)).status).toBe(403);
    expect((await world.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({ state: 'pending' });
  });

  test.each([
    ['by no header at all', {}, 403],
    ['by another origin', { origin: 'https://evil.example' }, 403],
    ['by an origin kept secret', { origin: 'null' }, 403],
    ['but not by our own origin', { origin: world.url }, 303],
  ])('where an old browser says where it comes from %s', async (_how, headers, status) => {
    const { id } = await standing();
    const cookie = admin.cookie() ?? '';
    const answer = await world.call('POST', `/triggers/${id}/cancel`, {
      token: null,
      body: 'reason=because',
      headers: { cookie, ...formType, ...headers },
    });
    expect(answer.status).toBe(status);
  });

  test.each([
    ['basic credentials', { authorization: 'Basic YTpi' }],
    ['a bearer token', { authorization: 'Bearer x' }],
    ['no token at all', {}],
  ])('from another site, whatever came along: %s', async (_what, headers) => {
    const cookie = admin.cookie() ?? '';
    for (const foreign of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}]) {
      const answer = await world.call('POST', '/keys', {
        token: null,
        body: 'name=stolen&role=admin',
        headers: { cookie, ...formType, ...headers, ...foreign },
      });
      expect(answer.status).toBe(403);
    }
    expect((await world.service.keys.list()).map(({ name }) => name)).not.toContain('stolen');
  });

  test('from another site with a token that is in force, but not from a program that shows one', async () => {
    const send = (headers: Readonly<Record<string, string>>) =>
      world.call('POST', '/sign-out', { body: '', headers: { ...formType, ...headers } });
    expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send({})).status).toBe(303);
  });

  test('where everyone on this machine may do everything, too', async () => {
    const open = await startService({ env: { ADMIN_TOKEN: '' } });
    try {
      const { id } = await open.trigger({ project: 'group/app', ref: 'main' });
      const browser = openBrowser(open.url);
      const foreign = { 'sec-fetch-site': 'cross-site' };
      expect((await browser.post(`/triggers/${id}/cancel`, why, foreign)).status).toBe(403);
      expect((await browser.submit(`/triggers/${id}/cancel`, why)).status).toBe(200);
    } finally {
      await open.stop();
    }
  });

  test('by size', async () => {
    const { id } = await standing();
    const answer = await admin.post(`/triggers/${id}/resolve`, { reason: 'x'.repeat(70_000) });
    expect(answer.status).toBe(413);
  });
});

describe('a key may', () => {
  const withKey = async (name: string, role: 'read' | 'trigger') => {
    const { secret } = await makeKey(world, { name, role });
    return { secret, browser: await signedIn(world.url, secret) };
  };

  test('steer its own, but not resolve', async () => {
    const { secret, browser } = await withKey('owner', 'trigger');
    const started = await world.call('POST', '/v1/triggers', {
      token: secret,
      body: { project: 'group/app', ref: 'main' },
    });
    const { id } = started.json as { id: string };
    const resolved = await browser.submit(`/triggers/${id}/resolve`, { outcome: 'success', reason: 'x' });
    expect(resolved.text).toContain('only an admin may see or do this');
    expect((await browser.submit(`/triggers/${id}/cancel`, why)).text).toContain('being canceled');
  });

  test('not see the triggers of others, nor steer what it only reads', async () => {
    const { id } = await standing();
    const outsider = (await withKey('outsider', 'trigger')).browser;
    expect((await outsider.post(`/triggers/${id}/cancel`, why)).status).toBe(404);
    const reader = (await withKey('reader', 'read')).browser;
    expect((await reader.submit(`/triggers/${id}/cancel`, why)).text).toContain('this key may only read');
    expect((await world.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({ state: 'pending' });
  });
});

test('a message is for whom it was meant', async () => {
  const { id } = await standing();
  const answer = await admin.post(`/triggers/${id}/cancel`, why);
  const page = answer.headers.get('location')?.replace('#flash', '') ?? '';
  const { secret } = await makeKey(world, { name: 'other', role: 'read' });
  const other = await signedIn(world.url, secret);
  expect((await other.get(page)).text).not.toContain('being canceled');
  expect((await admin.get(page)).text).toContain('being canceled');
});
