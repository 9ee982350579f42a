import { afterAll, describe, expect, test } from 'vitest';
import { createFakeClock } from '../fakes/fake-clock.ts';
import { eventually } from '../support/eventually.ts';
import { audience, policyFile, startJob } from '../support/id-tokens.ts';
import { openStream } from '../support/open-stream.ts';
import { adminToken, startService } from '../support/start-service.ts';
import { makeKey, signedIn } from './dashboard/browser.ts';

const policy = policyFile(`
rules:
  - from: {project_path: group/green}
    to: {project: group/app, ref: main}
`);
const clock = createFakeClock(Date.now());
const world = await startService({
  clock,
  now: () => clock.now(),
  env: { OIDC_AUDIENCE: audience, POLICY_FILE: policy.file, STREAM_LIMIT: '4', PENDING_LIMIT: '2' },
});
afterAll(async () => {
  await world.stop();
  policy.remove();
});

const plain = { project: 'group/app', ref: 'main' };
const operator = { id: 'operator@cli', from: 'test' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const start = async (token: string, body: object = plain) =>
  world.call('POST', '/v1/triggers', { token, body });
const started = async (token: string): Promise<string> => ((await start(token)).json as { id: string }).id;
const eventsOf = (id: string, token: string) =>
  openStream(`${world.url}/v1/triggers/${id}/events`, bearer(token));

/** Time goes on in steps of two seconds, with something new to see in each. */
async function passTime(seconds: number, id: string): Promise<void> {
  for (let left = seconds; left > 0; left -= 2) {
    await world.call('POST', `/v1/triggers/${id}/play`, { body: {} });
    await clock.advance(2_000);
  }
}

describe('a stream ends', () => {
  test('within 15 s of the revocation of its key, though events go on', async () => {
    const { key, secret } = await makeKey(world, { name: 'revoked' });
    const id = await started(secret);
    await world.pipelineOf(id);
    const streams = await Promise.all([
      eventsOf(id, secret),
      openStream(`${world.url}/v1/events`, bearer(secret)),
      openStream(`${world.url}/live`, bearer(secret)),
      openStream(`${world.url}/triggers/${id}/live`, bearer(secret)),
    ]);
    await passTime(30, id);
    for (const stream of streams) expect(stream.status).toBe(200);
    const open = new Set(streams);
    for (const stream of streams) void stream.ended.then(() => open.delete(stream));
    expect(open.size).toBe(4);
    await world.service.keys.revoke(key.id, operator);
    await passTime(14, id);
    await eventually(() => expect(open.size).toBe(0));
  });

  test('of a page whose session was ended', async () => {
    const { secret } = await makeKey(world, { name: 'signed-in', role: 'read' });
    const browser = await signedIn(world.url, secret);
    const stream = await openStream(`${world.url}/live`, { cookie: browser.cookie() ?? '' });
    await browser.post('/sign-out');
    await clock.advance(14_000);
    await stream.ended;
  });

  test('at the end of its id_token', async () => {
    const job = await startJob(world.simulator, 'group/green');
    const seconds = Math.floor(clock.now() / 1000);
    const token = await job.token({ claims: { iat: seconds, nbf: seconds - 5, exp: seconds + 40 } });
    const id = await started(token);
    const streams = [await eventsOf(id, token), await openStream(`${world.url}/v1/events`, bearer(token))];
    let open = 2;
    for (const stream of streams) void stream.ended.then(() => (open -= 1));
    await clock.advance(30_000);
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    expect(open).toBe(2);
    await clock.advance(10_000);
    for (const stream of streams) await stream.ended;
  });
});

describe('one caller has', () => {
  const tooMany = (limit: string) => ({
    status: 429,
    json: { type: '/problems/too_many_requests', detail: expect.stringContaining(limit) as string },
  });

  test('STREAM_LIMIT streams open, of the API and of pages; the next is 429, /wait is none', async () => {
    const { secret } = await makeKey(world, { name: 'many-streams' });
    const id = await started(secret);
    const open = [await eventsOf(id, secret), await eventsOf(id, secret)];
    open.push(await openStream(`${world.url}/v1/events`, bearer(secret)));
    open.push(await openStream(`${world.url}/live`, bearer(secret)));
    const refused = await world.call('GET', `/v1/triggers/${id}/events`, { token: secret });
    expect(refused).toMatchObject(tooMany('STREAM_LIMIT'));
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(refused.headers.get('connection')).not.toBe('close');
    for (const path of ['/live', '/v1/events']) {
      const other = await world.call('GET', path, { token: secret });
      expect([other.status, other.headers.get('retry-after')]).toEqual([429, '30']);
    }
    const waiting = world.call('GET', `/v1/triggers/${id}/wait?wait=1`, { token: secret });
    await eventually(() => expect(world.waiters(id)).toBe(3));
    await clock.advance(1_000);
    expect((await waiting).status).toBe(503);
    expect((await eventsOf(id, adminToken)).status).toBe(200);
    open[0]?.hangUp();
    await eventually(async () => {
      const next = await eventsOf(id, secret);
      next.hangUp();
      expect(next.status).toBe(200);
    });
    for (const stream of open) stream.hangUp();
  });

  test('PENDING_LIMIT pending triggers; the next is 429, one asked for before is not', async () => {
    const { secret } = await makeKey(world, { name: 'many-triggers' });
    const again = await makeKey(world, { name: 'many-triggers' });
    const keyed = { token: secret, body: plain, headers: { 'idempotency-key': '1:1' } };
    const first = await world.call('POST', '/v1/triggers', keyed);
    const { id } = first.json as { id: string };
    expect((await start(again.secret)).status).toBe(202);
    for (const token of [secret, again.secret]) {
      const refused = await start(token);
      expect(refused).toMatchObject(tooMany('PENDING_LIMIT'));
      expect(refused.headers.get('retry-after')).toBe('30');
    }
    expect(await world.call('POST', '/v1/triggers', keyed)).toMatchObject({ status: 202, json: { id } });
    const { secret: other } = await makeKey(world, { name: 'another' });
    expect((await start(other)).status).toBe(202);
    const { secret: admin } = await makeKey(world, { name: 'many-by-admin', role: 'admin' });
    for (const token of [admin, admin, admin, adminToken]) expect((await start(token)).status).toBe(202);
    await world.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome: 'failed', reason: 'test' } });
    expect((await start(secret)).status).toBe(202);
    expect((await start(secret)).status).toBe(429);
  });

  test('no more than that, however many requests come together', async () => {
    const { secret } = await makeKey(world, { name: 'together' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => start(secret)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(18);
  });

  test('a project of id_tokens likewise, protected refs or not', async () => {
    const job = await startJob(world.simulator, 'group/green');
    const seconds = Math.floor(clock.now() / 1000);
    const token = await job.token({ claims: { iat: seconds, nbf: seconds - 5, exp: seconds + 3_600 } });
    const statuses = [await start(token), await start(token), await start(token)].map(({ status }) => status);
    // One is pending from the test before.
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1);
    expect(statuses.at(-1)).toBe(429);
  });
});
