import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { idOf } from './support/scenario.ts';
import type { RunningTrigger } from './support/start-trigger.ts';
import type { World } from './support/world.ts';
import { startWorld } from './support/world.ts';

// Most of the time they wait.
vi.setConfig({ maxConcurrency: 12 });

/** A GitLab that does not answer as it should. The service goes on until the deadline, which its own tests show. */
describe('standalone', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld('standalone');
  });
  afterAll(() => world.stop());

  const waiting = (running: RunningTrigger): Promise<number> =>
    eventually(() => {
      const [, id] = /Waiting for pipeline (\d+) to finish \.\.\.\n\./.exec(running.stdout()) ?? [];
      if (id === undefined) throw new Error('not yet');
      return Number(id);
    });

  test.concurrent(
    'polling fails six times running: exit 2, in the words of the Python command',
    { timeout: 300_000 },
    async ({ expect }) => {
      const project = idOf('group/slow');
      const running = world.start([project]);
      const id = await waiting(running);
      world.simulator.faults.api.push({ kind: 'status', status: 502, match: { project: 'group/slow' } });
      const { code, stdout, stderr } = await running.ended;
      const url = `${world.simulator.url}/api/v4/projects/${project}/pipelines/${id}`;
      const [, printed] = /finish \.\.\.\n\.+\n([^]*)$/.exec(stdout) ?? [];
      expect(printed).toBe(
        `${Array.from({ length: 6 }, () => 'Polling for status failed: GitLab answers 502').join('\n\n')}
Polling failed 5 consecutive times. Please verify the pipeline url:
   curl -s -X GET -H "PRIVATE-TOKEN: <private token>" ${url}
check your api token, or check if there are connection issues.

`,
      );
      const line = 'trigger: error: GitLab does not show the pipeline: GitLab answers 502\n';
      expect([code, stderr]).toEqual([2, line]);
    },
  );

  test.concurrent('a faulty of 5xx passes: it goes on, and succeeds', async ({ expect }) => {
    const running = world.start([idOf('group/by-hand')]);
    const id = await waiting(running);
    // Each look is three tries for the jobs, and three for the pipeline itself.
    world.simulator.faults.api.push({
      kind: 'status',
      status: 503,
      times: 18,
      match: { project: 'group/by-hand' },
    });
    world.simulator.apply(id, 'success', ['build']);
    world.simulator.apply(id, 'success', ['unit']);
    const { code, stdout } = await running.ended;
    expect(stdout.match(/^Polling for status failed: GitLab answers 503$/gm)).toHaveLength(3);
    expect(stdout).toMatch(/\nPipeline succeeded\n$/);
    expect(code).toBe(0);
  });

  test.concurrent('GitLab answers 502 to the request: it is made all the same, once', async ({ expect }) => {
    const fault = {
      kind: 'status',
      status: 502,
      times: 1,
      match: { method: 'POST', project: 'group/green' },
    } as const;
    world.simulator.faults.api.push(fault);
    const { code, stderr } = await world.run([idOf('group/green')]);
    expect(stderr).toBe('trigger: GitLab answers 502; trying again\n');
    expect(code).toBe(0);
    expect(world.simulator.pipelines('group/green')).toHaveLength(1);
  });

  test.concurrent(
    'the answer to the request is lost: the pipeline is found again, not made twice',
    async ({ expect }) => {
      const match = { method: 'POST', project: 'group/one-manual' };
      world.simulator.faults.api.push({ kind: 'resetAfter', times: 1, match });
      const { code, stdout } = await world.run(['--on-manual', 'pass', idOf('group/one-manual')]);
      const [{ id } = { id: 0 }, ...others] = world.simulator.pipelines('group/one-manual');
      expect(stdout).toContain(`\nPipeline created (id: ${id})\n`);
      expect([code, others]).toEqual([0, []]);
    },
  );

  test.concurrent('GitLab never makes the pipeline: exit 1 after six tries', async ({ expect }) => {
    const match = { method: 'POST', project: 'group/many' };
    world.simulator.faults.api.push({ kind: 'rateLimit', retryAfterSeconds: 1, match });
    const { code, stdout, stderr } = await world.run([idOf('group/many')]);
    expect(
      stderr.match(/^trigger: GitLab (?:answers 429|limits our requests); trying again$/gm),
    ).toHaveLength(5);
    expect(stderr).toMatch(/\ntrigger: error: no pipeline from http:\S+: GitLab [^\n]+\n$/);
    expect(stdout).toBe(`Triggering pipeline for ref 'main' for project id ${idOf('group/many')}\n`);
    expect(code).toBe(1);
    expect(world.simulator.pipelines('group/many')).toEqual([]);
  });

  test.concurrent(
    'GitLab answers 500 to every play: exit 2 after six failures, though jobs can be read',
    { timeout: 300_000 },
    async ({ expect }) => {
      const start = performance.now();
      const match = { method: 'POST', path: '/play', project: 'group/blocked-by-hand' };
      world.simulator.faults.api.push({ kind: 'status', status: 500, match });
      const { code, stdout, stderr } = await world.run([
        '--on-manual',
        'play',
        idOf('group/blocked-by-hand'),
      ]);
      expect(stdout.match(/^Polling for status failed: GitLab answers 500$/gm)).toHaveLength(6);
      expect(stderr).toMatch(/^trigger: error: GitLab does not play the job: GitLab answers 500\n$/);
      expect(code).toBe(2);
      expect(performance.now() - start).toBeLessThan(60_000);
    },
  );

  test.concurrent(
    'the token is refused for a while after it was good: it is asked again, and succeeds',
    { timeout: 300_000 },
    async ({ expect }) => {
      const running = world.start([idOf('group/also-by-hand')]);
      const id = await waiting(running);
      const fault = {
        kind: 'status',
        status: 401,
        body: { message: '401 Unauthorized' },
        times: 8,
        match: { path: `/pipelines/${id}` },
      } as const;
      world.simulator.faults.api.push(fault);
      world.simulator.apply(id, 'success', ['build']);
      world.simulator.apply(id, 'success', ['unit']);
      const { code, stdout, stderr } = await running.ended;
      expect(stderr).toBe(
        'trigger: GitLab does not show the pipeline: 401 Unauthorized (the token is wrong or has expired); trying again\n',
      );
      expect(stdout).toMatch(/\nPipeline succeeded\n$/);
      expect(code).toBe(0);
    },
  );

  test.concurrent(
    'a job that must not be played: it says so, and is not called missing',
    async ({ expect }) => {
      const match = { method: 'POST', path: '/play' };
      world.simulator.faults.api.push({
        kind: 'status',
        status: 403,
        body: { message: '403 Forbidden' },
        match,
      });
      const { code, stdout, stderr } = await world.run(['--on-manual', 'play', idOf('group/two-manual')]);
      expect(stdout).not.toContain('No manual jobs found!');
      expect(stderr).toMatch(
        /^trigger: the pipeline is blocked: waiting for manual jobs: .*manual1: 403 Forbidden/,
      );
      expect(code).toBe(1);
    },
  );
});
