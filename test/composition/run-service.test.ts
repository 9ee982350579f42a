import type { StdioOptions } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { readFixture } from '../support/hook-fixtures.ts';
import { node, repository } from '../support/run-command.ts';
import { adminToken, webhookSecret } from '../support/start-service.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { pipelineTrigger } from '../support/built.ts';

/** Starts a service that writes its log where the test says, and waits until it answers. */
async function startWith(stderr: 'pipe' | number, inside = false) {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    GITLAB_URL: 'http://127.0.0.1:9',
    WEBHOOK_SECRET: webhookSecret,
    ADMIN_TOKEN: adminToken,
    DATABASE_URL: `file:${directory.path}/test.db`,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'debug',
  };
  const stdio: StdioOptions = ['ignore', 'ignore', stderr, 'ipc'];
  const args = [
    ...(inside ? ['--import', './test/support/in-process-hooks.ts'] : []),
    pipelineTrigger,
    'serve',
  ];
  const child = spawn(node, args, { cwd: repository, env, stdio });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
  const deliver = async (): Promise<void> => {
    const headers = {
      'content-type': 'application/json',
      'x-gitlab-event': 'Pipeline Hook',
      'x-gitlab-token': webhookSecret,
    };
    const body = readFixture('gitlab_docs_19_pipeline_hook');
    const { status } = await fetch(`${url}/webhooks/gitlab`, { method: 'POST', headers, body });
    expect(status).toBe(202);
  };
  return { child, ended, deliver, url };
}

test(
  'a service whose log has lost its reader works on, and stops as usual',
  { timeout: 300_000 },
  async () => {
    const { child, ended, deliver } = await startWith('pipe');
    child.stderr?.destroy();
    await deliver();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);

test('… and crashes as usual', async () => {
  const { child, ended } = await startWith('pipe', true);
  child.stderr?.destroy();
  child.send({ crash: 'something' });
  expect(await ended).toEqual([1, null]);
});

test('a service whose log nobody reads works on, and stops all the same', async () => {
  const { child, ended, deliver } = await startWith(fullPipe());
  await deliver();
  child.kill('SIGTERM');
  // An exit would wait for the write that hangs.
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test(
  'a service whose log is on a full disk works on, counts what is lost, and stops as usual',
  { timeout: 300_000 },
  async () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const { child, ended, deliver, url } = await startWith(full);
    await deliver();
    const metrics = await (
      await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
    ).text();
    const dropped = /^pipeline_trigger_log_lines_dropped_total (\d+)$/m.exec(metrics)?.[1];
    expect(Number(dropped)).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);

test(
  'a wrong setting is exit code 2 also where the log cannot be written',
  { timeout: 300_000 },
  async () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const child = spawn(node, ['src/bin/pipeline-trigger.ts', 'serve'], {
      ...{ cwd: repository, env: { PATH: process.env['PATH'], PORT: 'none' } },
      stdio: ['ignore', 'ignore', full],
    });
    expect(await once(child, 'exit')).toEqual([2, null]);
  },
);

/** A pipe that takes nothing more, since nobody takes anything out of it. */
function fullPipe(): number {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const fifo = path.join(directory.path, 'log');
  execFileSync('mkfifo', [fifo]);
  const [log, filler] = [openSync(fifo, 'r+'), openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)];
  onTestFinished(() => [log, filler].forEach(closeSync));
  const fill = (): number => writeSync(filler, Buffer.alloc(4_096, '\n'));
  expect(() => {
    while (fill() > 0);
  }).toThrow('EAGAIN');
  return log;
}
