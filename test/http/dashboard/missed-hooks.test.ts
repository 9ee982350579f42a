import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';
import type { TestBrowser } from './browser.ts';
import { makeKey, signedIn } from './browser.ts';

/** The service does not know how GitLab reaches it: PUBLIC_URL is not set. */
const world = await startService();
afterAll(world.stop);
const { simulator } = world;
const here = encodeURIComponent(world.url);

let admin: TestBrowser;
beforeAll(async () => {
  admin = await signedIn(world.url);
});

/** A trigger of whose pipeline GitLab could not tell that it had come to a status. @returns its id */
async function unheard(project: string, status: string): Promise<string> {
  simulator.faults.hooks.push({ kind: 'fail', match: { event: 'Pipeline Hook', status } });
  const before = simulator.deliveries.length;
  const { id } = await world.trigger({ project, ref: 'main' });
  const since = () => simulator.deliveries.slice(before);
  await eventually(() => expect(since().some(({ fault }) => fault === 'fail')).toBe(true));
  simulator.faults.hooks.splice(0);
  return id;
}

describe('without PUBLIC_URL', () => {
  test('the page asks how GitLab reaches the service, instead of naming the command line', async () => {
    for (const path of ['/hooks', '/hooks?project=group/app']) {
      const { status, text } = await admin.get(path);
      expect(status).toBe(200);
      expect(text).toContain('This service, as GitLab reaches it');
      expect(text).not.toContain('--url');
    }
    expect((await admin.get('/hooks?project=group/app')).text).toContain('PUBLIC_URL is not set');
  });

  test('an address that is none is refused', async () => {
    const { status, text } = await admin.get('/hooks?project=group/app&url=ftp://x');
    expect(status).toBe(400);
    expect(text).toContain('expected an http or https URL');
    const form = { project: 'group/app', url: 'nowhere' };
    expect((await admin.submit('/hooks/repair', form)).text).toContain('expected an http or https URL');
  });

  test('the address that is given goes with the buttons', async () => {
    const { text } = await admin.get(`/hooks?project=group/app&url=${here}`);
    expect(text).toMatch(/Hook \d+ calls/);
    expect(text).toContain(`<input type="hidden" name="url" value="${world.url}" />`);
    const answer = await admin.submit('/hooks/repair', { project: 'group/app', url: world.url });
    expect(answer.text).toContain('There was nothing to repair.');
    expect(answer.text).toMatch(/Hook \d+ calls/);
  });

  test('nothing is repaired from the list of what is waited for, where no address is known', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    await world.pipelineOf(id);
    await world.service.hookWatch.round();
    const { text } = await admin.get('/hooks');
    expect(text).toContain('href="/hooks?project=group%2Fapp"');
    expect(text).not.toContain('action="/hooks/repair"');
  });
});

describe('what GitLab could not deliver', () => {
  test('is shown with what waits for it, and sent again by a button', async () => {
    const id = await unheard('group/manual', 'manual');
    const path = `/hooks?project=group/manual&url=${here}`;
    const { text } = await admin.get(path);
    expect(text).toContain('Missed deliveries');
    expect(text).toMatch(/that triggers wait for failed, the last with internal error/);
    expect(text).toMatch(/data-column="Waited for"><div>yes/);
    const sent = await admin.submit('/hooks/resend', { project: 'group/manual', url: world.url });
    expect(sent.text).toMatch(/Missed deliveries that arrived now: \d/);
    expect(sent.text).not.toContain('aria-labelledby="missed-heading"');
    expect(await world.finished(id)).toMatchObject({ outcome: 'manual' });
    expect((await admin.get('/audit?subject=group/manual')).text).toContain('hook.resend');
    const again = await admin.submit('/hooks/resend', { project: 'group/manual', url: world.url });
    expect(again.text).toContain('There was nothing to send again.');
  });

  test('is shown with what GitLab’s limit leaves, and what it refused', async () => {
    await unheard('group/green', 'success');
    simulator.faults.api.push({
      kind: 'status',
      status: 422,
      body: { message: 'no <way>' },
      match: { path: /resend$/ },
    });
    const form = { project: 'group/green', url: world.url };
    const { text } = await admin.submit('/hooks/resend', form);
    expect(text).toMatch(/role="alert"/);
    expect(text).toContain('Not sent again: no &lt;way&gt;');
    simulator.faults.api.splice(0);
    simulator.faults.api.push({ kind: 'rateLimit', retryAfterSeconds: 30, match: { path: /resend$/ } });
    expect((await admin.submit('/hooks/resend', form)).text).toMatch(/repeat it in \d+ seconds/);
    simulator.faults.api.splice(0);
  });

  test('is sent again for admins only', async () => {
    const browser = await signedIn(world.url, (await makeKey(world, { name: 'no-admin' })).secret);
    simulator.clearRequests();
    await browser.post('/hooks/resend', { project: 'group/green', url: world.url });
    expect(simulator.requests.filter(({ path }) => path.endsWith('resend'))).toEqual([]);
  });
});
