import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { TemporaryDirectory } from '../../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { idOf } from './support/scenario.ts';
import type { RunningTrigger } from './support/start-trigger.ts';
import type { World } from './support/world.ts';
import { linesOf, modes, startWorld } from './support/world.ts';

// Most of the time they wait.
vi.setConfig({ maxConcurrency: 24 });

describe.each(modes)('%s', (mode) => {
  let world: World;
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = makeTemporaryDirectory();
    world = await startWorld(mode);
  });
  afterAll(async () => {
    await world.stop();
    directory.remove();
  });

  const pipelineIn = (stdout: string): number => Number(/created \(id: (\d+)\)/.exec(stdout)?.[1]);

  test.concurrent.for<readonly [path: string, args: readonly string[], plain: number, detailed: number]>([
    ['group/green', [], 0, 0],
    ['group/failing', [], 1, 1],
    ['group/canceled', [], 1, 3],
    ['group/optional-by-hand', [], 1, 4],
    ['group/one-manual', [], 1, 5],
    ['group/slow', ['--timeout', '4'], 1, 6],
  ])('--detailed-exitcode: %s', async ([project, args, plain, detailed], { expect }) => {
    const usual = await world.call([...args, idOf(project)]);
    const said = await world.call([...args, '--detailed-exitcode', idOf(project)]);
    expect([usual.code, said.code]).toEqual([plain, detailed]);
  });

  test.concurrent('--timeout: the pipeline continues, its end is not shown', async ({ expect }) => {
    const { code, stdout, stderr } = await world.run(['--timeout', '4', idOf('group/slow')]);
    expect(stdout).toMatch(/finish \.\.\.\n\.+\n$/);
    expect(stderr).toMatch(
      /trigger: error: the time is up: no result within 4 seconds; the pipeline is \w+\n$/,
    );
    expect(code).toBe(1);
    expect(world.simulator.pipeline(pipelineIn(stdout)).status).not.toBe('canceled');
  });

  test.concurrent.for(['group/green', 'group/failing', 'group/broken', 'group/slow'])(
    '--json is the last line: %s',
    async (project, { expect }) => {
      const { stdout } = await world.call(['--json', '--timeout', '4', project]);
      const lines = stdout.trimEnd().split('\n');
      const trigger = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
      expect(trigger).toMatchObject({ project, ref: 'main', state: 'finished' });
      const seen = Object.keys(trigger).filter((name) => !name.startsWith('endSeen'));
      expect(seen.toSorted()).toEqual([...contractKeys].toSorted());
      const hasEnd = mode === 'service' && ['success', 'failed'].includes(String(trigger['outcome']));
      expect('endSeenBy' in trigger).toBe(hasEnd);
    },
  );

  test.concurrent('--json of a detached run shows where it stands', async ({ expect }) => {
    const { stdout } = await world.call(['--json', '-d', idOf('group/by-hand')]);
    const [detached, json] = stdout.trimEnd().split('\n').slice(-2);
    expect(detached).toMatch(/^Detached mode/);
    expect(JSON.parse(json ?? '')).toMatchObject({
      state: 'pending',
      pipelineId: pipelineIn(stdout),
      outcome: null,
    });
  });

  test.concurrent('--dotenv', async ({ expect }) => {
    const file = path.join(directory.path, 'trigger.env');
    const { code, stdout } = await world.run(['--dotenv', file, idOf('group/failing')]);
    const id = pipelineIn(stdout);
    expect(readFileSync(file, 'utf8')).toBe(
      `TRIGGERED_PIPELINE_ID=${id}
TRIGGERED_PIPELINE_URL=${world.simulator.url}/group/failing/-/pipelines/${id}
TRIGGERED_PIPELINE_STATUS=failed
`,
    );
    expect(code).toBe(1);
  });

  test.concurrent('a job of --jobs that is not there is named on stderr', async ({ expect }) => {
    const args = ['--on-manual', 'play', '--jobs', 'depoly,manual1', idOf('group/one-manual')];
    const played = await world.call(args);
    expect(played.stderr).toContain('trigger: the pipeline has no job "depoly" (--jobs)\n');
    expect(played.stdout).not.toContain('depoly');
    const { code, stdout, stderr } = await world.call([
      '--on-manual',
      'play',
      '--jobs',
      'depoly',
      idOf('group/one-manual'),
    ]);
    expect(stderr).toContain('trigger: the pipeline has no job "depoly" (--jobs)\n');
    expect(stdout).toContain('\nNo manual jobs found!\n');
    expect(code).toBe(1);
  });

  test.concurrent('--auto-retry retries what the infrastructure broke', async ({ expect }) => {
    const { code } = await world.call(['--auto-retry', '1', idOf('group/broken-runner')]);
    expect(code).toBe(0);
    const { code: own } = await world.call(['--auto-retry', '1', idOf('group/flaky')]);
    expect(own).toBe(1);
  });

  test.concurrent('--failure-grace waits before a failure is the verdict', async ({ expect }) => {
    const { code, stdout } = await world.call(['--failure-grace', '1', '--json', idOf('group/failing')]);
    expect(code).toBe(1);
    const { createdAt, finishedAt } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Ended;
    expect(Date.parse(finishedAt) - Date.parse(createdAt)).toBeGreaterThanOrEqual(1_000);
  });

  test.concurrent('--jobs names jobs of a matrix', async ({ expect }) => {
    const jobs = 'deploy: [aws, prod],deploy: [gcp, prod]';
    const { code, stdout } = await world.call(['--on-manual', 'play', '--jobs', jobs, idOf('group/matrix')]);
    expect(stdout).toContain('\nPlaying manual job "deploy: [aws, prod]" from stage "test"...\n');
    expect(stdout).toContain('\nPlaying manual job "deploy: [gcp, prod]" from stage "test"...\n');
    expect(code).toBe(0);
  });

  test.concurrent('-e: a value is sent as it is', async ({ expect }) => {
    const values = {
      A: ' a&b=c+d%20"\'\\$X ',
      B: 'line\r\nline\n',
      C: '\u{1F680}\u200b\u0001',
      D: '',
      E: '[1, 2]',
    };
    const args = Object.entries(values).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const { stdout } = await world.call(['-d', ...args, idOf('group/by-hand')]);
    expect(world.simulator.pipeline(pipelineIn(stdout)).variables).toMatchObject(values);
  });

  test.concurrent('--input: by type', async ({ expect }) => {
    const inputs = ['--input', 'env=prod', '--input', 'replicas=3', '--input', 'version=1.10'];
    const { stdout } = await world.call(['-d', ...inputs, idOf('group/by-hand')]);
    expect(world.simulator.pipeline(pipelineIn(stdout)).inputs).toEqual({
      env: 'prod',
      replicas: 3,
      version: '1.10',
    });
  });

  const tail = [...Array.from({ length: 19 }, (_, index) => `line ${index + 12}`), 'ERROR: exit code 1'];
  const headline = /job unit \(test\) failed: script_failure {2}http:\/\/\S+\/group\/failing\/-\/jobs\/\d+/;

  test.concurrent(
    'a failed pipeline names the failed job, its page and the end of its log',
    async ({ expect }) => {
      const { stderr } = await world.run([idOf('group/failing')]);
      const lines = stderr
        .split('\n')
        .filter((line) => !/^trigger: (?:job |the end was found by polling)/.test(line));
      expect(lines[0]).toMatch(headline);
      expect(lines.slice(1, -1)).toEqual(tail.map((line) => `  ${line}`));
    },
  );

  test.concurrent('a failed pipeline in GitLab: as a section that it can fold', async ({ expect }) => {
    const { stderr } = await world.run([idOf('group/failing')], { GITLAB_CI: 'true' });
    const shown = stderr.slice(stderr.indexOf('\u001b[0Ksection_start'));
    const [, id, title, text, again] =
      /^\u001b\[0Ksection_start:\d+:trigger_failed_job_(\d+)\[collapsed=true\]\r\u001b\[0K(.*)\n([^]*)\n\u001b\[0Ksection_end:\d+:trigger_failed_job_(\d+)\r\u001b\[0K\n$/.exec(
        shown,
      ) ?? [];
    expect(title).toMatch(headline);
    expect(text).toBe(tail.join('\n'));
    expect(again).toBe(id);
  });

  const waiting = (running: RunningTrigger): Promise<number> =>
    eventually(() => {
      if (!running.stdout().includes('finish ...')) throw new Error('not yet');
      return pipelineIn(running.stdout());
    });

  test.concurrent.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '--cancel-on-interrupt: %s',
    async (signal, { expect }) => {
      const running = world.start([
        '--cancel-on-interrupt',
        '-s',
        '30',
        '--detailed-exitcode',
        idOf('group/slow'),
      ]);
      const id = await waiting(running);
      running.kill(signal);
      const { code, stdout, stderr } = await running.ended;
      expect(world.simulator.pipeline(id).status).toBe('canceled');
      expect(stderr).toContain('trigger: interrupted: canceling the pipeline\n');
      expect(stderr).toContain('trigger: GitLab shows the pipeline as canceled\n');
      expect(linesOf(stdout).at(-1)).toMatch(/^Pipeline failed! Check details at /);
      expect(code).toBe(3);
    },
  );

  test.concurrent(
    '--cancel-on-interrupt: a pipeline that does not stop within ten seconds',
    async ({ expect }) => {
      const running = world.start(['--cancel-on-interrupt', idOf('group/stubborn')]);
      const id = await waiting(running);
      await eventually(() => expect(world.simulator.pipeline(id).status).toBe('running'));
      running.kill('SIGTERM');
      const { code, stderr } = await running.ended;
      expect(stderr).toMatch(
        /trigger: error: GitLab does not show the pipeline as canceled 10 seconds later\n$/,
      );
      expect(code).toBe(1);
    },
  );

  test.concurrent('without --cancel-on-interrupt the pipeline goes on, as ever', async ({ expect }) => {
    const running = world.start([idOf('group/slow')]);
    const id = await waiting(running);
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(['pending', 'running']).toContain(world.simulator.pipeline(id).status);
  });
});

/** As docs/api.md describes it. */
interface Ended {
  readonly createdAt: string;
  readonly finishedAt: string;
}

const contractKeys = [
  ...['id', 'project', 'projectId', 'ref', 'state', 'pipelineId', 'pipelineStatus', 'webUrl', 'outcome'],
  ...['reason', 'onManual', 'playedJobs', 'failedJobs', 'createdAt', 'updatedAt', 'finishedAt'],
  ...['deadlineAt', 'waiters'],
];
