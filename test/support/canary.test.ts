import { expect, test } from 'vitest';
import { GitLabUnavailable } from '../../src/app/ports/gitlab-unavailable.ts';
import { AppError } from '../../src/domain/error.ts';
import { createGitLabConnector } from '../../src/gitlab/rest/client.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { followWithCurl } from './curl.ts';
import { eventually } from './eventually.ts';
import { canary, canaryKey, formsOf, leaksIn } from './canary.ts';
import { openStream } from './open-stream.ts';
import { exchange } from './raw-exchange.ts';
import { apiToken } from './scenario.ts';
import { startStubServer } from './start-stub-server.ts';
import { startService } from './start-service.ts';

test.each([
  ['in clear', `Bearer ${canary}-admin`],
  ['in base64', Buffer.from(`x:${canary}`).toString('base64')],
  ['in base64', Buffer.from(`xy:${canary}-and more`).toString('base64')],
  ['in base64', Buffer.from(`${canary}?>~ü`).toString('base64url')],
  ['in base64', canaryKey],
  ['in hex', Buffer.from(`x${canary}`).toString('hex')],
  ['in PERCENTS', Buffer.from(canary).toString('hex').toUpperCase().replaceAll(/../g, '%$&')],
  ['in UTF-16', Buffer.from(canary, 'utf16le')],
])('a secret is found %s', (how, content) => {
  expect(leaksIn(content).join()).toContain(how);
});

test('a secret is found whatever characters it has', () => {
  const secret = 'a b"c/ü';
  for (const text of [encodeURIComponent(secret), JSON.stringify({ secret }), `<${secret}>`])
    expect(leaksIn(text, formsOf(secret))).not.toEqual([]);
});

test('what is no secret is not found', () => {
  expect(leaksIn(`canary kanarienvogel ${canary.toLowerCase()} ${'x'.repeat(10_000)}`)).toEqual([]);
});

test('a test fails whose service shows, keeps or logs a secret', async () => {
  const { trigger, finished, stop } = await startService({
    connectGitLab: (access) => ({
      ...createGitLabConnector({ clock: systemClock })(access),
      createPipeline: () => {
        throw new AppError('gitlab_refused', `no rights for ${access.apiToken}`);
      },
      findPipeline: () => Promise.resolve(null),
    }),
  });
  const { id } = await trigger({ project: 'group/green', ref: 'main' });
  expect(await finished(id)).toMatchObject({ outcome: 'error' });
  const leak = await stop().then(String, String);
  expect(leak).toMatch(/GET \/v1\/triggers\/\w+: in clear: .*no rights for/);
  expect(leak).toMatch(/test\.db: in clear: /);
  expect(leak).toMatch(/test\.db-wal: in clear: /);
});

test.each([
  ['a socket', (url: string) => exchange(url, { method: 'GET', path: '/' })],
  ['a stream', async (url: string) => (await openStream(url, {})).ended],
  ['what curl prints', (url: string) => followWithCurl(url, {})],
])('a test fails that is shown a secret by %s', async (where, ask) => {
  const server = await startStubServer((response) => response.end(`{"token":"${apiToken}"}`));
  await expect(ask(server.url)).rejects.toThrow(where);
});

test('a test fails whose service logs a secret', async () => {
  const words = `no rights for ${Buffer.from(apiToken).toString('base64')}`;
  const broken = new GitLabUnavailable(words, { retryAfterMs: null, inDoubtMs: null });
  const { trigger, call, stop } = await startService({
    connectGitLab: (access) => ({
      ...createGitLabConnector({ clock: systemClock })(access),
      createPipeline: () => Promise.reject(broken),
    }),
  });
  const { id } = await trigger({ project: 'group/green', ref: 'main' });
  await eventually(async () => expect((await call('GET', `/v1/triggers/${id}`)).text).toContain('no rights'));
  expect(await stop().then(String, String)).toMatch(/the log: in base64: /);
});
