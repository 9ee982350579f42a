import { afterAll, beforeAll, describe, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { idOf } from './support/scenario.ts';
import type { World } from './support/world.ts';
import { linesOf, modes, startWorld } from './support/world.ts';

/** Several runs of the command one after the other, on a machine that is busy with other tests. */
const timeout = { timeout: 300_000 };

/** The cases of the Python command's own tests, and of its CI. */
describe.each(modes)('%s: as the Python command', (mode) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(mode);
  });
  afterAll(() => world.stop());

  const newest = (path: string) => world.simulator.pipelines(path).at(-1);
  const newestId = (path: string): number => newest(path)?.id ?? 0;
  const pageOf = (path: string, id: number): string => `${world.simulator.url}/${path}/pipelines/${id}`;
  const failedLine = (path: string, id: number): string =>
    `Pipeline failed! Check details at '${world.simulator.url}/${path}/-/pipelines/${id}'`;

  const freshLines = (path: string, id: number): readonly string[] => [
    `Triggering pipeline for ref 'main' for project id ${idOf(path)}`,
    `Pipeline created (id: ${id})`,
    `See pipeline at ${pageOf(path, id)}`,
    `Waiting for pipeline ${id} to finish ...`,
  ];

  test.concurrent('13, 20: a pipeline of a project by path succeeds', async ({ expect }) => {
    const { code, stdout } = await world.run(['group/green', '--verbose']);
    const id = Number(/Waiting for pipeline (\d+) to finish/.exec(stdout)?.[1]);
    const [triggering, ...rest] = freshLines('group/green', id);
    const lines = linesOf(stdout).filter((line) => !line.startsWith('Response get_project_id: '));
    expect(lines).toEqual([
      triggering,
      expect.stringMatching(new RegExp(`^Response create_pipeline: \\{"id":${id},`)),
      ...rest,
      'Pipeline succeeded',
    ]);
    expect(code).toBe(0);
  });

  test.concurrent('a pipeline fails', async ({ expect }) => {
    const { code, stdout } = await world.call([idOf('group/failing')]);
    const id = newestId('group/failing');
    expect(linesOf(stdout)).toEqual([...freshLines('group/failing', id), failedLine('group/failing', id)]);
    expect(stdout).toMatch(/finish \.\.\.\n\.+\nPipeline failed!/);
    expect(code).toBe(1);
  });

  test.concurrent('9: play, no --jobs: only the job that blocks', async ({ expect }) => {
    const path = 'group/one-manual';
    const { code, stdout } = await world.run(['--on-manual', 'play', idOf(path)]);
    const id = Number(/created \(id: (\d+)\)/.exec(stdout)?.[1]);
    expect(linesOf(stdout)).toEqual([
      ...freshLines(path, id),
      'Playing manual job "manual1" from stage "stage1"...',
      'Pipeline succeeded',
    ]);
    expect(stdout).toMatch(/finish \.\.\.\n\.*\nPlaying/);
    const statuses = world.simulator.pipeline(id).jobs.map(({ name, status }) => [name, status]);
    expect(statuses).toEqual([['manual1', 'success'], ['manual2', 'manual']]); // prettier-ignore
    expect(code).toBe(0);
  });

  test.concurrent('10: play with --jobs: only the job named', async ({ expect }) => {
    const path = 'group/only-optional';
    const { code, stdout } = await world.run(['--on-manual', 'play', '--jobs', 'manual2', idOf(path)]);
    const id = Number(/created \(id: (\d+)\)/.exec(stdout)?.[1]);
    expect(linesOf(stdout).slice(4)).toEqual([
      'Playing manual job "manual2" from stage "stage2"...',
      'Pipeline succeeded',
    ]);
    expect(world.simulator.pipeline(id).jobs.find(({ name }) => name === 'manual1')?.status).toBe('manual');
    expect(code).toBe(0);
  });

  test.concurrent('11: --jobs are played in the order of the list', async ({ expect }) => {
    const path = 'group/only-optional';
    const { code, stdout } = await world.run([
      '--on-manual',
      'play',
      '--jobs',
      'manual2,manual1',
      idOf(path),
    ]);
    expect(linesOf(stdout).slice(4)).toEqual([
      'Playing manual job "manual2" from stage "stage2"...',
      'Playing manual job "manual1" from stage "stage1"...',
      'Pipeline succeeded',
    ]);
    expect(code).toBe(0);
  });

  test.concurrent('12: play, and there is nothing to play', async ({ expect }) => {
    const path = 'group/later-manual';
    const { code, stdout } = await world.run(['--on-manual', 'play', '--jobs', 'nothing', idOf(path)]);
    expect(stdout).toMatch(
      /\n\nNo manual jobs found!\n\.\nPipeline failed! Check details at '|\.\nNo manual jobs found!\n\.\nPipeline failed!/,
    );
    expect(code).toBe(1);
  });

  test.concurrent('two jobs that block are both played', async ({ expect }) => {
    const { code, stdout } = await world.call(['--on-manual', 'play', idOf('group/two-manual')]);
    expect(linesOf(stdout).slice(4)).toEqual([
      'Playing manual job "manual1" from stage "stage1"...',
      'Playing manual job "manual2" from stage "stage1"...',
      'Pipeline succeeded',
    ]);
    expect(code).toBe(0);
  });

  test.concurrent('an optional manual job is not played', async ({ expect }) => {
    const { code, stdout } = await world.call(['--on-manual', 'play', idOf('group/rollback')]);
    expect(stdout).not.toContain('Playing');
    expect(newest('group/rollback')?.jobs.find(({ name }) => name === 'rollback')?.status).toBe('manual');
    expect(code).toBe(0);
  });

  test.concurrent('--on-manual pass', async ({ expect }) => {
    const { code, stdout } = await world.call(['--on-manual', 'pass', idOf('group/later-manual')]);
    expect(linesOf(stdout).at(-1)).toBe('Pipeline status is "manual", action "pass"');
    expect(code).toBe(0);
  });

  test.concurrent(
    '14, 16: retry until failure, then until success, then anew',
    timeout,
    async ({ expect }) => {
      const path = 'group/flaky';
      const first = await world.run([idOf(path)]);
      const id = newestId(path);
      expect([first.code, linesOf(first.stdout).at(-1)]).toEqual([1, failedLine(path, id)]);

      const second = await world.run(['--retry', idOf(path)]);
      expect(linesOf(second.stdout)).toEqual([
        `Looking for pipeline 'main' for project id ${idOf(path)} ...`,
        `Found up to date pipeline ${id} with status 'failed'`,
        `Retrying pipeline ${id} ...`,
        `Waiting for pipeline ${id} to finish ...`,
        'Pipeline succeeded',
      ]);
      expect(second.code).toBe(0);

      const third = await world.run(['-r', idOf(path)]);
      const other = newestId(path);
      expect(linesOf(third.stdout).slice(0, -1)).toEqual([
        `Looking for pipeline 'main' for project id ${idOf(path)} ...`,
        `Found up to date pipeline ${id} with status 'success'`,
        `Pipeline ${id} already in state 'success' - re-running ...`,
        `Pipeline created (id: ${other})`,
        `Waiting for pipeline ${other} to finish ...`,
      ]);
      expect(other).not.toBe(id);
    },
  );

  test.concurrent('15, 17: --pid follows the new tip after a push', timeout, async ({ expect }) => {
    const path = 'group/canceled';
    await world.run([idOf(path)]);
    const id = newestId(path);
    const old = newest(path)?.sha ?? '';

    const again = await world.run(['--pid', String(id), '-d', idOf(path)]);
    expect(linesOf(again.stdout)).toEqual([
      `Fetching for pipeline '${id}' for project id ${idOf(path)} ...`,
      `Found up to date pipeline ${id} with status 'canceled'`,
      `Retrying pipeline ${id} ...`,
      'Detached mode: not monitoring pipeline status - exiting now.',
    ]);
    await eventually(() => expect(world.simulator.pipeline(id).jobs.length).toBeGreaterThan(2));

    const tip = world.simulator.push(path, 'main');
    const pushed = await world.run(['--pid', String(id), '-d', idOf(path)]);
    const status = /with status '(\w+)'/.exec(pushed.stdout)?.[1] ?? '';
    expect(linesOf(pushed.stdout)).toEqual([
      `Fetching for pipeline '${id}' for project id ${idOf(path)} ...`,
      `Found outdated pipeline ${id} with status '${status}'`,
      `Pipeline ${id} for main outdated (sha: ${old.slice(0, 6)}, tip is ${tip.slice(0, 6)}) - re-running ...`,
      `Pipeline created (id: ${newestId(path)})`,
      'Detached mode: not monitoring pipeline status - exiting now.',
    ]);
    expect(newest(path)?.sha).toBe(tip);
  });

  test.concurrent('a ref with a slash is retried, too', timeout, async ({ expect }) => {
    const args = ['-t', 'feature/slash', idOf('group/green')];
    await world.call(args);
    const { code, stdout } = await world.call([...args, '-r']);
    expect(stdout).toContain("Looking for pipeline 'feature/slash' for project id 1 ...\nFound up to date");
    expect(code).toBe(0);
  });

  test.concurrent('18: detached', async ({ expect }) => {
    const path = 'group/by-hand';
    const { code, stdout } = await world.run(['--detached', idOf(path)]);
    const id = Number(/created \(id: (\d+)\)/.exec(stdout)?.[1]);
    expect(stdout).toBe(
      [
        ...freshLines(path, id).slice(0, 3),
        'Detached mode: not monitoring pipeline status - exiting now.\n',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test.concurrent('19: detached, and the job that blocks is played before it leaves', async ({ expect }) => {
    const path = 'group/one-manual';
    const { code, stdout } = await world.run(['--on-manual', 'play', '--detached', idOf(path)]);
    const id = Number(/created \(id: (\d+)\)/.exec(stdout)?.[1]);
    const transcriptWith = (played: readonly string[]): string =>
      [
        ...freshLines(path, id).slice(0, 3),
        ...played,
        'Detached mode: not monitoring pipeline status - exiting now.\n',
      ].join('\n');
    const played = transcriptWith(['', 'Playing manual job "manual1" from stage "stage1"...']);
    // GitLab processes a pipeline after it has answered. The command looks once; the service plays after it has left.
    const allowed = mode === 'service' ? [played, transcriptWith([])] : [played];
    expect(allowed).toContain(stdout);
    expect(code).toBe(0);
    await eventually(() => {
      const [manual1] = world.simulator.pipeline(id).jobs;
      expect(manual1).toMatchObject({ name: 'manual1', status: 'success' });
    });
  });

  test.concurrent('-e and -o: variables arrive as they are, every log is shown', async ({ expect }) => {
    const path = 'group/many';
    const value = `a=b & "c" 'd' $E\n\u{1F680}`;
    const { code, stdout } = await world.run(['-e', `foo-1=${value}`, '-e', 'foo2=bar3=', '-o', idOf(path)]);
    expect(newest(path)?.variables).toMatchObject({ 'foo-1': value, foo2: 'bar3=' });
    const shown = [...stdout.matchAll(/^Job: (.*)$/gm)].map(([, name]) => name);
    // The newest first, as GitLab lists them.
    expect(shown).toEqual(Array.from({ length: 120 }, (_, index) => `job ${120 - index}`));
    expect(stdout).toContain('Job: job 7\nlovely emojis \u{1F680} ü\n\n\nJob: job 6\n');
    expect(stdout).toMatch(new RegExp(`\\nPipeline ${newestId(path)} job output:\\nJob: job 120\\n`));
    expect(linesOf(stdout).at(-1)).toBe('Pipeline succeeded');
    expect(code).toBe(0);
  });
});
