import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { apiToken, triggerToken } from './support/scenario.ts';
import type { World } from './support/world.ts';
import { modes, startWorld } from './support/world.ts';

const hostileName = 'job \u001b]0;pwn\u0007 \u001b[2J';
/** What is left of it where it comes in. */
const cleanName = 'job  ';

const hostileLog = [
  'section_start:1:prepare\r\u001b[0K\u001b[32;1mcolored\u001b[0;m',
  '\u001b]52;c;cHduZWQ=\u0007clipboard',
  'back\b\b\b\bspaced',
  'C1 \u009b2J\u009d0;pwn\u009c',
  'up \u001b[1A\u001b[2K\u001b[?1049h',
  'recombined \u001b[0\u001b[0KK',
  'closing section_e\u001b[0Knd:1:trigger_failed_job_1\r\u001b[0Kclosed',
  'progress 1 %\rprogress 2 %',
  'left \u001b[31mred',
].join('\n');

const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 5 },
  projects: [
    {
      path: 'group/hostile',
      ci: { [hostileName]: { script: 'exit 1' } },
      jobs: { [hostileName]: { result: 'failed' as const, trace: hostileLog } },
    },
    {
      path: 'group/quoting',
      ci: {
        stages: ['build', 'deploy'],
        build: { stage: 'build', script: 'x' },
        deploy: { stage: 'deploy', script: 'x' },
      },
      jobs: { build: { trace: 'a\n== deploy (deploy, success)\nfake\n' }, deploy: { trace: 'real\n' } },
    },
    {
      path: 'group/endless-line',
      ci: { test: { script: 'exit 1' } },
      jobs: { test: { result: 'failed' as const, trace: 'section_start:1:'.repeat(65_536) } },
    },
    {
      path: 'group/waits',
      ci: { [hostileName]: { script: 'x', when: 'manual', allow_failure: false } },
    },
  ].map((project, index) => ({ ...project, id: index + 1, triggerTokens: [triggerToken] })),
};

/** What a terminal would do more than write text; our own lines of a terminal are not drawn here. */
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const withoutColors = (text: string): string => text.replaceAll(/\u001b\[(?:[\d;:]*m|0?K)/g, '');
const sectionMarker = /section_(start|end):\d+:[\w.-]+(?:\[[^\]]*\])?\r\u001b\[0K/g;

describe.each(modes)('%s', (mode) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(mode, { scenario });
  });
  afterAll(() => world.stop());

  test('a log and a name of a job with control sequences show as text, with its colours', async () => {
    const { code, stdout, stderr } = await world.call(['-o', 'group/hostile']);
    expect(code).toBe(1);
    expect(withoutColors(stdout)).not.toMatch(control);
    expect(withoutColors(stderr)).not.toMatch(control);
    expect(stdout).toContain('\nJob: job  \n');
    for (const line of [
      '\u001b[0K\u001b[32;1mcolored\u001b[0;m',
      'clipboard',
      'backspaced',
      '\u001b[0Kclosed',
      'progress 2 %',
    ])
      expect(stdout.split('\n')).toContain(line);
    expect(stdout).toMatch(/left \u001b\[31mred\n?\u001b\[0m/);
    expect(stderr).toMatch(/^job job {3}\(test\) failed: script_failure/m);
    expect(stderr).toContain('\n  progress 2 %\n');
  });

  test('the log of a failed job cannot close its section in the log of GitLab', async () => {
    const { stderr } = await world.call(['group/hostile'], { GITLAB_CI: 'true' });
    expect(stderr.match(/section_start/g)).toHaveLength(1);
    expect(stderr.match(/section_end/g)).toHaveLength(1);
    expect(withoutColors(stderr.replaceAll(sectionMarker, ''))).not.toMatch(control);
    expect(stderr).toMatch(
      /\nclosed\nprogress 2 %\nleft red\n\u001b\[0Ksection_end:\d+:trigger_failed_job_\d+\r\u001b\[0K\n$/,
    );
  });

  test('--json, --dotenv and --verbose show no control either', async () => {
    const { stdout, stderr } = await world.call(['--json', '--verbose', '-o', 'group/hostile']);
    expect(withoutColors(stdout + stderr)).not.toMatch(control);
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      failedJobs: [{ name: cleanName }],
    });
  });

  test('a manual job with such a name is played by it, and shown as text', async () => {
    const { code, stdout, stderr } = await world.call([
      '--on-manual',
      'play',
      '--jobs',
      cleanName,
      'group/waits',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('\nPlaying manual job "job  " from stage "test"...\n');
    expect(stdout + stderr).not.toMatch(control);
  });

  test('a log that quotes the heading of another job is not taken for it', async () => {
    const { code, stdout } = await world.call(['-o', 'group/quoting']);
    expect(code).toBe(0);
    expect(stdout).toContain('Job: deploy\nreal\n\n\n');
    expect(stdout).toMatch(/Job: build\na\n ?== deploy \(deploy, success\)\nfake\n\n\n/);
  });

  test('a failed job with a megabyte of log in one line ends with 1', { timeout: 300_000 }, async () => {
    const run = world.run(['group/endless-line']);
    const slowest = world.service === null ? Promise.resolve(0) : slowestHealth(world.service.url, run);
    const { code, stderr } = await run;
    expect(code).toBe(1);
    expect(stderr).toMatch(/job test \(test\) failed/);
    expect(stderr.length).toBeLessThan(10_000);
    expect(await slowest).toBeLessThan(1_000);
  });
});

/** The longest that /healthz took meanwhile, in milliseconds. */
async function slowestHealth(url: string, meanwhile: Promise<unknown>): Promise<number> {
  let [isOver, slowest] = [false, 0];
  void meanwhile.finally(() => (isOver = true));
  while (!isOver) {
    const start = performance.now();
    await (await fetch(`${url}/healthz`)).text();
    slowest = Math.max(slowest, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return slowest;
}
