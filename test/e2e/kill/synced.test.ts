import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../support/call.ts';
import { eventually } from '../../support/eventually.ts';
import type { WhenDone } from '../../support/service-child.ts';
import { prepareService } from '../../support/service-child.ts';
import { adminToken, webhookSecret } from '../../support/start-service.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

/** Not everywhere it is installed, and not everywhere one process may watch another. */
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

const watched = 'trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg';

/** A service whose system calls are written down, one a line, as they begin and as they end. */
async function startTraced(whenDone: WhenDone) {
  const directory = makeTemporaryDirectory();
  whenDone(directory.remove);
  const file = path.join(directory.path, 'trace');
  // The service is the child, strace looks on from aside: who ends the child ends both.
  const under = ['strace', '-D', '-f', '-y', '-s', '64', '-e', watched, '-o', file];
  const { url, databaseFile, start } = await prepareService(
    { env: { GITLAB_URL: 'http://127.0.0.1:1' }, under },
    whenDone,
  );
  await start().listening;

  const lines = (): string[] => readFileSync(file, 'utf8').split('\n');
  /** The calls up to the beginning of an answer, after those up to the end of the answer before. */
  let seen = 0;
  const callsUntil = (answer: string): Promise<string[]> =>
    eventually(() => {
      const all = lines();
      const end = all.findIndex((line, index) => index >= seen && line.includes(answer));
      if (end === -1) throw new Error(`no ${answer} in the trace`);
      const calls = all.slice(seen, end);
      seen = end + 1;
      return calls;
    });
  return { url, callsUntil, durableSteps: durableStepsOn(`${databaseFile}-wal`) };
}

/** What the calls did to a file, a letter each: `w` written, `s` synced, `?` did not succeed or did not end in one. */
const durableStepsOn = (file: string) => (calls: readonly string[]) =>
  calls
    .filter((call) => call.includes(`<${file}>`))
    .map((call) => (/ = \d+$/.test(call) ? (/sync\(/.test(call) ? 's' : 'w') : '?'))
    .join('');

const title = 'the write-ahead log is synced before the answer';
const unavailable = hasStrace ? '' : ' (skipped: strace is not installed, or may not watch processes here)';

describe.skipIf(!hasStrace)(`${title}${unavailable}`, () => {
  const cleanUps: Parameters<WhenDone>[0][] = [];
  let service: Awaited<ReturnType<typeof startTraced>>;

  /** What befell the log while a request was answered. The answer before it shows where its calls begin. */
  async function callsBefore202(path: string, body: object, headers: object): Promise<string> {
    const { url, callsUntil, durableSteps } = service;
    await send(`${url}/healthz`, 'GET');
    await callsUntil('HTTP/1.1 200');
    const { status } = await send(`${url}${path}`, 'POST', { body, headers: { ...headers } });
    expect(status).toBe(202);
    return durableSteps(await callsUntil('HTTP/1.1 202'));
  }

  const hook = (id: number) => ({
    object_kind: 'pipeline',
    object_attributes: { id, status: 'running' },
    project: { id: 1 },
  });
  const hookHeaders = { 'x-gitlab-event': 'Pipeline Hook', 'x-gitlab-token': webhookSecret };

  beforeAll(async () => {
    service = await startTraced((cleanUp) => cleanUps.unshift(cleanUp));
    // The first commit begins the log, which is synced for itself.
    await callsBefore202('/webhooks/gitlab', hook(1), hookHeaders);
  });

  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  test('a hook', async () => {
    expect(await callsBefore202('/webhooks/gitlab', hook(2), hookHeaders)).toMatch(/^w+s$/);
  });

  test('a trigger', async () => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const request = { project: 'group/app', ref: 'main' };
    // Work on it may begin before the answer is out.
    expect(await callsBefore202('/v1/triggers', request, headers)).toMatch(/^w+s/);
  });
});
