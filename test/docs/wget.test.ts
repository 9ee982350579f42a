import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../support/run-command.ts';
import { startStubServer } from '../support/start-stub-server.ts';
import type { TemporaryDirectory } from '../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { pageAt } from './support/read-pages.ts';

const script =
  pageAt('docs/waiting-with-curl.md').blocks.find(({ script: text }) => text.includes('wget'))?.script ?? '';

const programs = [
  { name: 'wget', file: '/usr/bin/wget' },
  { name: 'busybox', file: '/usr/bin/busybox' },
].filter(({ file }) => spawnSync(file, ['--help']).error === undefined);

describe.each(programs)('the recipe for $name', ({ file }) => {
  let directory: TemporaryDirectory;
  beforeAll(() => {
    directory = makeTemporaryDirectory();
    symlinkSync(file, path.join(directory.path, 'wget'));
    // Notes how long it would have slept.
    const sleep = path.join(directory.path, 'sleep');
    writeFileSync(sleep, `#!/bin/sh\necho "$1" >> "$SLEPT"\n`);
    chmodSync(sleep, 0o755);
  });
  afterAll(() => directory.remove());

  /** @param statuses one after the other, the last one for ever; 200 is "success" */
  async function follow(...statuses: readonly number[]) {
    let answered = 0;
    const server = await startStubServer((response) => {
      const status = statuses[Math.min(answered, statuses.length - 1)] ?? 200;
      answered += 1;
      const body = { 200: 'success', 202: 'running', 203: 'failed', 206: 'manual_passed' }[status];
      response.writeHead(body === undefined ? status : 200, { 'content-type': 'text/plain' });
      response.end(body ?? 'a problem');
    });
    const slept = path.join(directory.path, `slept-${server.port}`);
    writeFileSync(slept, '');
    const { code, stdout } = await run('/bin/sh', ['-c', script], {
      PATH: `${directory.path}:${process.env['PATH'] ?? ''}`,
      SLEPT: slept,
      PIPELINE_TRIGGER_URL: server.url,
      PIPELINE_TRIGGER_TOKEN: 'key',
      TRIGGER_ID: 'trg_1',
    });
    const seconds = readFileSync(slept, 'utf8').split('\n').map(Number);
    return { code, stdout, seconds: seconds.reduce((sum, each) => sum + each, 0) };
  }

  test.each([404, 401, 503])('ends red within 90 seconds where %i is all that comes', async (status) => {
    const { code, stdout, seconds } = await follow(status);
    expect([code, stdout]).toEqual([1, 'no answer\n']);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(90);
  });

  test('survives a service that restarts, more than once', async () => {
    const away = Array.from({ length: 12 }, () => 503);
    expect(await follow(...away, 202, ...away, 200)).toMatchObject({ code: 0, stdout: 'success\n' });
  });

  test.each([
    [203, 1, 'failed\n'],
    [206, 0, 'manual_passed\n'],
  ])('ends as the pipeline did: %i', async (status, code, stdout) => {
    expect(await follow(202, status)).toMatchObject({ code, stdout });
  });
});
