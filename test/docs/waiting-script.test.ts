import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasCurl } from '../support/curl.ts';
import { eventually } from '../support/eventually.ts';
import type { Finished } from '../support/run-command.ts';
import { repository, run } from '../support/run-command.ts';
import { install } from '../support/service-process.ts';
import { startProxy } from '../support/start-proxy.ts';
import { adminToken } from '../support/start-service.ts';

/** The script of docs/waiting-with-curl.md, as it is there. */
const script = /## See what happens meanwhile[^]*?```sh\n([^]*?)```/.exec(
  readFileSync(`${repository}docs/waiting-with-curl.md`, 'utf8'),
)?.[1];

const start = (
  url: string,
  project: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Finished> =>
  run('/bin/sh', ['-eu', '-c', (script ?? '').replace('group/app', project)], {
    PIPELINE_TRIGGER_URL: url,
    PIPELINE_TRIGGER_TOKEN: adminToken,
    CI_PROJECT_ID: '1',
    CI_JOB_ID: '7',
    ...more,
  });

describe.skipIf(!hasCurl)('the script that shows what happens', { timeout: 120_000 }, () => {
  test('prints the URL first, then the jobs, then the verdict with the failed logs; the exit code is the verdict', async () => {
    const { url, simulator } = await install();
    const { code, stdout } = await start(url, 'group/failing');
    expect(code).toBe(22);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`^${simulator.url}/group/failing/-/pipelines/\\d+$`));
    expect(stdout).toMatch(/^\[\d+m\d+s\] job: build success$/m);
    expect(stdout).toMatch(/^\[\d+m\d+s\] failed\n/m);
    expect(stdout).toMatch(/unit \(test\)[^]*ERROR: exit code 1/);
    expect((await start(url, 'group/green', { CI_JOB_ID: '8' })).code).toBe(0);
  });

  test('goes on over a restart behind a proxy, and shows no line twice', async () => {
    const installed = await install();
    const proxy = await startProxy(installed.url, 20_000);
    const running = start(proxy.url, 'group/app');
    const pipelineId = await eventually(() => {
      const [pipeline] = installed.simulator.pipelines('group/app');
      if (pipeline === undefined) throw new Error('there is no pipeline yet');
      return pipeline.id;
    });
    installed.simulator.apply(pipelineId, 'run', ['build']);
    await installed.service.end('SIGTERM');
    await installed.startAgain();
    for (const [event, job] of [
      ['success', 'build'],
      ['run', 'unit'],
      ['success', 'unit'],
    ] as const)
      installed.simulator.apply(pipelineId, event, [job]);
    const { code, stdout } = await running;
    expect(code).toBe(0);
    const jobs = stdout.split('\n').filter((line) => line.includes('job: '));
    const texts = jobs.map((line) => line.replace(/^\[.*?\] /, ''));
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toContain('job: unit success');
    expect(installed.simulator.pipelines('group/app')).toHaveLength(1);
  });

  test('is refused with the reason by an unknown key', async () => {
    const { url } = await install();
    const { code, stdout } = await start(url, 'group/app', { PIPELINE_TRIGGER_TOKEN: 'wrong' });
    expect(code).toBe(1);
    expect(stdout).toContain('401');
  });
});
