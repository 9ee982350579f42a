import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../src/api/trigger-view.ts';
import { send } from '../support/call.ts';
import { eventually } from '../support/eventually.ts';
import { repository, run } from '../support/run-command.ts';
import type { TestService } from '../support/start-service.ts';
import { adminToken, startService } from '../support/start-service.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const nginx = '/usr/sbin/nginx';

/** The examples of docs/set-up.md, as they are there. */
const examples = [
  ...readFileSync(`${repository}docs/set-up.md`, 'utf8').matchAll(/```nginx\n([^]*?)```/g),
].map(([, text]) => text ?? '');
const [atRoot = '', belowPath = ''] = examples;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const settingsAround = (folder: string, port: number, location: string): string => `
daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; ${location} }
}`;

/** A service, and nginx before it, set as the page says. */
async function startBehindNginx(example: string, publicPath: string) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}${publicPath}`;
  const world = await startService({ env: { PUBLIC_URL: url, TRUSTED_PROXIES: 'loopback' } });
  const { path: folder, remove } = makeTemporaryDirectory();
  const file = path.join(folder, 'nginx.conf');
  const location = example.replace('http://127.0.0.1:8080', world.url);
  writeFileSync(file, settingsAround(folder, port, location));
  const child = spawn(nginx, ['-p', folder, '-c', file, '-e', `${folder}/error.log`], { stdio: 'ignore' });
  await eventually(async () => expect((await send(`${url}/healthz`, 'GET')).status).toBe(200));
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await world.stop();
    remove();
  };
  return { url, world, stop };
}

/** Each address that a page names for itself. */
const addressesIn = (page: string): readonly string[] =>
  [...page.matchAll(/(?<![\w-])(?:href|src|action|data-live)="([^"#]+)/g)].map(([, address]) =>
    (address ?? '').replaceAll('&amp;', '&'),
  );

describe.skipIf(!existsSync(nginx)).each([
  ['at the root of a host', atRoot, ''],
  ['below a path that nginx takes off', belowPath, '/pipeline-trigger'],
  [
    'below a path that nginx passes on',
    belowPath.replace('http://127.0.0.1:8080/;', 'http://127.0.0.1:8080;'),
    '/pipeline-trigger',
  ],
])('behind nginx (/usr/sbin/nginx), %s', { timeout: 300_000 }, (_where, example, publicPath) => {
  let url = '';
  let world: TestService;
  let stop: () => Promise<void> = () => Promise.resolve();
  beforeAll(async () => {
    ({ url, world, stop } = await startBehindNginx(example, publicPath));
  }, 60_000);
  afterAll(() => stop());

  const asAdmin = { authorization: `Bearer ${adminToken}` };

  test('the line with curl of the README waits for the end of the pipeline', async () => {
    const { code, stdout, stderr } = await run('curl', [
      ...['-sSL', '--fail-with-body', '--max-redirs', '-1', '--retry', '60', '--retry-delay', '5'],
      ...['--retry-connrefused', '--max-time', '60', '-H', `Authorization: Bearer ${adminToken}`],
      ...['-H', 'Idempotency-Key: 1:2', '-H', 'content-type: application/json'],
      ...['-d', '{"project":"group/green","ref":"main"}', `${url}/v1/triggers?mode=follow&wait=1`],
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'success' });
  });

  test('`Location` leads to the trigger', async () => {
    const answer = await send(`${url}/v1/triggers`, 'POST', {
      headers: asAdmin,
      body: { project: 'group/app', ref: 'main' },
    });
    const at = new URL(answer.headers.get('location') ?? '', `${url}/v1/triggers`).href;
    const { id } = answer.json as TriggerView;
    expect(at).toBe(`${url}/v1/triggers/${id}`);
    expect((await send(at, 'GET', { headers: asAdmin })).json).toMatchObject({ id });
  });

  test('/openapi.json says where the API is', async () => {
    const { servers } = (await send(`${url}/openapi.json`, 'GET')).json as { servers: { url: string }[] };
    expect(servers).toEqual([{ url: publicPath === '' ? '/' : publicPath }]);
  });

  test('a person signs in, and every link, form, asset and stream of the pages leads to the service', async () => {
    const { origin } = new URL(url);
    const first = await send(`${url}/hooks`, 'GET', { headers: { accept: 'text/html' } });
    const signInAt = new URL(first.headers.get('location') ?? '', `${url}/hooks`).href;
    expect(signInAt).toBe(`${url}/sign-in?next=%2Fhooks`);
    const form = await send(signInAt, 'GET', { headers: { accept: 'text/html' } });
    const [, action = ''] = /action="([^"]+)"/.exec(form.text) ?? [];
    const signedIn = await send(origin + action, 'POST', {
      body: new URLSearchParams({ key: adminToken, next: '/hooks' }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
    });
    expect(signedIn.status, signedIn.text).toBe(303);
    expect(signedIn.headers.get('location')).toBe(`${publicPath}/hooks`);
    const [cookie = ''] = signedIn.headers.getSetCookie();
    expect(cookie).toContain(`Path=${publicPath || '/'};`);

    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const headers = { accept: 'text/html', cookie: cookie.split(';')[0] ?? '' };
    const seen = new Set<string>();
    for (const page of ['/', `/triggers/${id}`, '/deliveries', '/hooks', '/keys', '/audit', '/?state=all']) {
      const { status, text } = await send(url + page, 'GET', { headers });
      expect(status, page).toBe(200);
      const own = addressesIn(text).filter((address) => !/^https?:/.test(address));
      expect(own.length).toBeGreaterThan(5);
      expect(own.filter((address) => !address.startsWith(`${publicPath}/`))).toEqual([]);
      for (const address of own) seen.add(address);
    }
    for (const address of seen) {
      if (address.includes('/live')) continue;
      // What only takes forms says so by 404 or 405 from the service; nginx has nothing to say about any of them.
      const { status, headers: got } = await send(origin + address, 'GET', { headers });
      expect(got.get('x-request-id'), address).not.toBeNull();
      expect([200, 404, 405], address).toContain(status);
    }
    const signOut = await send(`${url}/sign-out`, 'POST', { headers: { ...headers, origin }, body: '' });
    expect(signOut.headers.get('location')).toBe(`${publicPath}/sign-in`);
  });

  test('a page that is open is kept up to date with links below the path', async () => {
    const leave = new AbortController();
    const stream = await fetch(`${url}/live`, { headers: asAdmin, signal: leave.signal });
    expect(stream.status).toBe(200);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await world.trigger({ project: 'group/app', ref: 'main' });
    let received = '';
    while (!received.includes('event: part')) received += (await reader?.read())?.value ?? '';
    leave.abort();
    expect(received).toContain(`href=\\"${publicPath}/triggers/trg_`);
  });

  test('OPTIONS and a doubled slash come through', async () => {
    expect((await send(`${url}/`, 'OPTIONS')).status).toBe(204);
    const merged = await send(`${url}//v1//triggers`, 'GET', { headers: asAdmin });
    expect(merged.status).toBe(200);
  });
});
