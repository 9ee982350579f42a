import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { startStubServer } from '../../support/start-stub-server.ts';
import { adminToken, startService } from '../../support/start-service.ts';

const world = await startService({ env: { STREAM_LIMIT: '2' } });
afterAll(world.stop);

async function finishedTrigger(project = 'group/green'): Promise<string> {
  const { id } = await world.trigger({ project, ref: 'main' });
  await world.finished(id);
  return id;
}

const read = (id: string, rest = '') => world.call('GET', `/v1/triggers/${id}/artifacts${rest}`);

/** A path as it is written here: a client like fetch would tidy it up. */
async function readRaw(path: string): Promise<number> {
  const asked = request(world.url, { path, headers: { authorization: `Bearer ${adminToken}` } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume: () => void }];
  response.resume();
  return response.statusCode;
}

describe('the artifacts of a trigger', () => {
  test('are listed by job', async () => {
    const id = await finishedTrigger();
    const { status, json } = await read(id);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      items: [
        { job: 'build', file: 'artifacts.zip', type: 'archive' },
        { job: 'build', file: '.env.gz', type: 'dotenv', size: 13 },
      ],
    });
  });

  test('are none where there is no pipeline', async () => {
    expect((await read(await finishedTrigger('group/broken'))).json).toEqual({ items: [] });
  });

  test('are an archive, or one file of it, to be saved and not shown', async () => {
    const id = await finishedTrigger();
    const archive = await read(id, '/build');
    expect(archive.text).toMatch(/^PK/);
    expect(archive.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''build.zip");
    const file = await read(id, '/build/out/app.txt');
    expect([file.status, file.text]).toEqual([200, 'app']);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''app.txt",
      'content-length': '3',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  test('are found by the id of the job, but not of a job of another pipeline', async () => {
    const [mine, other] = [await finishedTrigger(), await finishedTrigger()];
    const { items } = (await read(other)).json as { items: readonly { jobId: number }[] };
    const jobId = String(items[0]?.jobId);
    expect((await read(other, `/${jobId}/out/app.txt`)).text).toBe('app');
    expect((await read(mine, `/${jobId}/out/app.txt`)).status).toBe(404);
  });

  test.each(['/nobody', '/unit', '/build/none.txt', '/build/out', '/%E0%A4%A', '/999999999'])(
    '%s is not found',
    async (rest) => {
      const answer = await read(await finishedTrigger(), rest);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    },
  );

  test.each([
    '/build/../../../user',
    '/build/%2e%2e/%2e%2e/trace',
    '/build/..%2f..%2ftrace',
    '/build/%2e%2e',
    '/build/a%00b',
    '/build/%2fetc/passwd',
    '/..%2f..%2fuser/x',
  ])('%s leads to no other call of GitLab', async (rest) => {
    const id = await finishedTrigger();
    const before = world.simulator.requests.length;
    expect(await readRaw(`/v1/triggers/${id}/artifacts${rest}`)).toBe(404);
    const paths = world.simulator.requests.slice(before).map(({ path }) => path);
    expect(paths.filter((path) => !/\/pipelines\/\d+\/jobs$/.test(path))).toEqual([]);
  });

  test('are described to HEAD, and not sent', async () => {
    const id = await finishedTrigger();
    const response = await fetch(`${world.url}/v1/triggers/${id}/artifacts/build/out/app.txt`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${adminToken}` },
    });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '3']);
  });
});

test('a file that breaks off breaks the connection, so that nobody takes a part for the whole', async () => {
  const id = await finishedTrigger();
  world.simulator.faults.api.push({ kind: 'truncate', match: { path: '/artifacts' } });
  await expect(read(id, '/build')).rejects.toThrow();
  world.simulator.faults.api.splice(0);
});

test('a reader that hangs up ends the transfer from GitLab’s storage', async () => {
  const id = await finishedTrigger();
  let isOpen = true;
  const storage = await startStubServer((response) => {
    response.on('close', () => void (isOpen = false));
    response.write('first');
  });
  world.simulator.faults.api.push({ kind: 'redirect', to: storage.url, match: { path: '/artifacts' } });
  const hangUp = new AbortController();
  const response = await fetch(`${world.url}/v1/triggers/${id}/artifacts/build`, {
    headers: { authorization: `Bearer ${adminToken}` },
    signal: hangUp.signal,
  });
  world.simulator.faults.api.splice(0);
  expect(response.status).toBe(200);
  expect(JSON.stringify(storage.requests[0]?.headers)).not.toContain('glpat');
  hangUp.abort();
  await expect.poll(() => isOpen, { timeout: 10_000 }).toBe(false);
});

test('downloads of one caller are limited as event streams are, and the next one is 429', async () => {
  const by = { id: 'test', from: 'here' };
  const { secret } = await world.service.keys.create(
    { name: 'reader', role: 'read', projects: null, days: null },
    by,
  );
  const id = await finishedTrigger();
  const storage = await startStubServer((response) => void response.write('first'));
  const fault = { kind: 'redirect', to: storage.url, match: { path: '/artifacts' } } as const;
  world.simulator.faults.api.push(fault);
  const hangUp = new AbortController();
  const ask = (): Promise<Response> =>
    fetch(`${world.url}/v1/triggers/${id}/artifacts/build`, {
      headers: { authorization: `Bearer ${secret}` },
      signal: hangUp.signal,
    });
  expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 429]);
  hangUp.abort();
  await expect.poll(async () => (await fetchHead(id, secret)).status, { timeout: 10_000 }).toBe(200);
  world.simulator.faults.api.splice(0);
});

const fetchHead = (id: string, token: string): Promise<Response> =>
  fetch(`${world.url}/v1/triggers/${id}/artifacts/build`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}` },
  });

test('a list of triggers leaves outputs out, which may be large', async () => {
  const { id } = await world.trigger({ project: 'group/green', ref: 'main', outputs: ['build'] });
  await world.finished(id);
  expect((await world.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({
    outputs: { VERSION: '1.2.3' },
    outputsProblem: null,
  });
  const { text } = await world.call('GET', '/v1/triggers?state=all');
  expect(text).toContain(id);
  expect(text).not.toContain('"VERSION"');
});
