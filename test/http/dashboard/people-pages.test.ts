import { afterAll, afterEach, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { audience, policyFile, startJob } from '../../support/id-tokens.ts';
import { eventually } from '../../support/eventually.ts';
import type { PersonBrowser, Username } from '../../support/people.ts';
import { openPersonBrowser, peopleEnv, peopleScenario } from '../../support/people.ts';
import { startService } from '../../support/start-service.ts';

const policy = policyFile(`rules:
  - from: { project_path: 'group/**' }
    to: { project: 'group/**', ref: main, onManual: [play, fail], jobs: ['*'] }
`);
let aheadMs = 0;
const world = await startService({
  scenario: peopleScenario(),
  env: { ...peopleEnv, OIDC_AUDIENCE: audience, POLICY_FILE: policy.file },
  clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
});
const { simulator } = world;
afterAll(async () => {
  await world.stop();
  policy.remove();
});
afterEach(() => simulator.faults.api.splice(0));

async function personOf(username: Username): Promise<PersonBrowser> {
  const browser = openPersonBrowser(world);
  expect((await browser.signIn(username)).status).toBe(303);
  return browser;
}

const manual = [{ job: 'deploy', action: 'approve' }];

const shown = async (id: string): Promise<TriggerView> =>
  (await world.call('GET', `/v1/triggers/${id}`)).json as TriggerView;

const untilAsked = (id: string) =>
  eventually(async () => expect((await shown(id)).approvals).toHaveLength(1));

/** A trigger that waits for an approval, started by ADMIN_TOKEN. */
async function waiting(): Promise<string> {
  const { id } = await world.trigger({ project: 'group/manual', ref: 'main', manual });
  await untilAsked(id);
  return id;
}

const titleOf = (text: string): string => /<title>([^<]*)/.exec(text)?.[1] ?? '';

test('approvals that a person may give are on top of the list, with their number in the tab', async () => {
  const id = await waiting();
  const top = (await (await personOf('marge')).get('/')).text;
  expect(titleOf(top)).toMatch(/^\(\d+\) Triggers/);
  expect(top.indexOf(`/triggers/${id}#approvals`)).toBeLessThan(top.indexOf('id="heading"'));
  expect(top).toContain('Waits for your approval');
  for (const username of ['dev', 'rita', 'nina'] as const) {
    const { text } = await (await personOf(username)).get('/');
    expect(titleOf(text)).toMatch(/^Triggers/);
    expect(text).not.toContain(`/triggers/${id}#approvals`);
  }
});

test('a Maintainer approves by name, and the audit log has the name and the id', async () => {
  const id = await waiting();
  const marge = await personOf('marge');
  expect((await marge.get(`/triggers/${id}`)).text).toContain('/approve"');
  const answer = await marge.post(`/triggers/${id}/approve`, { job: 'deploy', comment: 'tested' });
  expect(answer.status).toBe(303);
  expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
  const { json } = await world.call('GET', `/v1/audit?subject=${id}`);
  expect(json).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({
        actor: '@marge',
        action: 'trigger.approve',
        details: expect.objectContaining({ userId: 2, comment: 'tested' }) as object,
      }),
    ]) as object,
  });
});

test('those who may not see why not, and no button', async () => {
  const id = await waiting();
  const { text: reporter } = await (await personOf('rita')).get(`/triggers/${id}`);
  expect(reporter).toContain('it takes the role Maintainer in this project in GitLab');
  expect(reporter).not.toMatch(/action="[^"]*\/(?:approve|play|cancel|retry|resolve)"/);
  const { text: developer } = await (await personOf('dev')).get(`/triggers/${id}`);
  expect(developer).toContain('it takes the role Maintainer');
  expect(developer).toMatch(/\/cancel"/);
  expect(developer).not.toMatch(/\/(?:approve|resolve)"/);
});

test('a Developer does not play what waits to be approved', async () => {
  const id = await waiting();
  const dev = await personOf('dev');
  const answer = await dev.post(`/triggers/${id}/play`, { job: 'deploy' });
  const next = await dev.get((answer.headers.get('location') ?? '').replace(/^\/pt|#.*$/g, ''));
  expect(next.text).toContain('waits to be approved');
  expect((await shown(id)).approvals).toHaveLength(1);
});

test('who started the CI job that asked does not approve, and has the trigger among their own', async () => {
  const job = await startJob(simulator, 'group/green');
  const start = (claims: object) =>
    job.token({ claims: { user_id: '2', user_login: 'marge', ref_protected: 'true', ...claims } });
  const answer = await world.call('POST', '/v1/triggers', {
    token: await start({}),
    body: { project: 'group/manual', ref: 'main', manual },
  });
  expect(answer.status, answer.text).toBe(202);
  const { id } = answer.json as TriggerView;
  await untilAsked(id);
  const marge = await personOf('marge');
  const { text } = await marge.get(`/triggers/${id}`);
  expect(text).toContain('APPROVAL_FOUR_EYES');
  expect(text).not.toContain('/approve"');
  const { text: list } = await marge.get('/');
  expect(list).not.toContain(`/triggers/${id}#approvals`);
  expect(list.slice(list.indexOf('Started by you'), list.indexOf('id="heading"'))).toContain(id);
});

test('a person without a project sees what to do about it', async () => {
  const { text } = await (await personOf('nina')).get('/?state=all');
  expect(text).toContain('ask one of its Maintainers');
  expect(text).toContain('@nina');
});

test('a form of another site is refused, with anybody signed in', async () => {
  const id = await waiting();
  const marge = await personOf('marge');
  const cookie = [...marge.cookies].map((pair) => pair.join('=')).join('; ');
  const response = await fetch(`${world.url}/triggers/${id}/approve`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams({ job: 'deploy' }),
  });
  expect(response.status).toBe(403);
});

test('a page asks GitLab once for each project, and the next page for none', async () => {
  for (const project of ['group/app', 'group/app', 'group/green', 'group/manual'])
    await world.trigger({ project, ref: 'main' });
  const rita = await personOf('rita');
  aheadMs += 5 * 60_000;
  simulator.clearRequests();
  await rita.get('/?state=all');
  const asked = simulator.requests.map(({ path }) => path).filter((path) => /members|users/.test(path));
  expect(new Set(asked).size).toBe(asked.length);
  const projects = new Set(simulator.scenario.projects.map(({ id }) => id)).size;
  expect(asked.length).toBeLessThanOrEqual(1 + projects);
  simulator.clearRequests();
  await rita.get('/?state=all');
  expect(simulator.requests.filter(({ path }) => /members|users/.test(path))).toEqual([]);
});

test('a membership that is taken away hides everything within five minutes', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.pipelineOf(id);
  const dev = await personOf('dev');
  expect((await dev.get(`/triggers/${id}`)).status).toBe(200);
  simulator.setRole('dev', 'group/app', null);
  aheadMs += 5 * 60_000;
  expect((await dev.get(`/triggers/${id}`)).status).toBe(404);
  expect((await dev.get('/?state=all')).text).not.toContain(id);
  expect((await dev.get(`/triggers/${id}/log`)).status).toBe(404);
});

test('a user who is blocked is signed out within five minutes', async () => {
  const gus = await personOf('gus');
  simulator.setUserState('gus', 'blocked');
  aheadMs += 5 * 60_000;
  expect((await gus.get('/')).headers.get('location')).toBe('/pt/sign-in');
  simulator.setUserState('gus', 'active');
  expect((await gus.get('/')).headers.get('location')).toBe('/pt/sign-in');
});

test('signing out ends the session, for a kept cookie too', async () => {
  const rita = await personOf('rita');
  const kept = new Map(rita.cookies);
  expect((await rita.post('/sign-out')).status).toBe(303);
  expect(rita.cookies.size).toBe(0);
  for (const [name, value] of kept) rita.cookies.set(name, value);
  expect((await rita.get('/')).headers.get('location')).toBe('/pt/sign-in');
});

test('GitLab away: what was known is shown for five minutes, then nothing, and the page says so', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.pipelineOf(id);
  const rita = await personOf('rita');
  expect((await rita.get('/?state=all')).text).toContain(id);
  simulator.faults.api.push({ kind: 'status', status: 503, match: { path: /members|users/ } });
  aheadMs += 4.5 * 60_000;
  expect((await rita.get('/?state=all')).text).toContain(id);
  aheadMs += 60_000;
  const { status, text } = await rita.get('/?state=all');
  expect(status).toBe(200);
  expect(text).not.toContain(id);
  expect(text).toContain('GitLab does not answer');
});
