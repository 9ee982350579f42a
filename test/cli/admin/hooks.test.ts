import { describe, expect, test } from 'vitest';
import type { HookSettingsInput } from '../../../simulator/scenario.ts';
import { eventually } from '../../support/eventually.ts';
import { callCli } from '../../support/call-cli.ts';
import { apiToken, scenario } from '../../support/scenario.ts';
import type { Installation } from '../../support/service-process.ts';
import { install } from '../../support/service-process.ts';
import { adminToken, hookTo, ownHookTo } from '../../support/start-service.ts';

type Options = NonNullable<Parameters<typeof install>[0]>;

/** A service and a GitLab without hooks, each in a process or server of its own, and the command beside them. */
async function begin(options: Options = {}) {
  const installed = await install({ hooks: false, ...options });
  const { url, simulator } = installed;
  const env = { PIPELINE_TRIGGER_URL: url, PIPELINE_TRIGGER_TOKEN: adminToken };
  const hooks = (...args: readonly string[]) => callCli(['hooks', ...args], env);
  return {
    ...installed,
    hooks,
    json: async (...args: readonly string[]): Promise<readonly Record<string, unknown>[]> =>
      JSON.parse((await hooks(...args, '--json')).stdout) as Record<string, unknown>[],
    addHook: (hook: Partial<HookSettingsInput> = {}) =>
      simulator.addHook('group/app', { ...ownHookTo(url, simulator.url, 1), ...hook }),
    list: () => callCli(['list'], env),
  };
}

/** How GitLab shows a hook. */
async function shown({ simulator }: Installation, id: number): Promise<Record<string, unknown>> {
  const path = `${simulator.url}/api/v4/projects/1/hooks/${id}`;
  const answer = await fetch(path, { headers: { 'private-token': apiToken } });
  return (await answer.json()) as Record<string, unknown>;
}

const changesOf = ({ simulator }: Installation) =>
  simulator.requests.filter(({ method, path }) => method !== 'GET' && /\/hooks(\/\d+)?$/.test(path));

describe('hooks install', () => {
  test('makes a hook that brings the news, and twice changes nothing', async () => {
    const world = await begin({ env: { SWEEP_SECONDS: '600' } });
    const first = await world.hooks('install', 'group/green');
    expect(first.stdout).toMatch(
      /^PROJECT +RESULT +HOOK +TEST +NOTE\ngroup\/green +created +\d+ +passed +-\n$/,
    );
    expect([first.code, first.stderr]).toEqual([0, '']);
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
    expect((await world.hooks('install', 'group/green')).stdout).toMatch(/group\/green +unchanged/);
    expect(changesOf(world)).toHaveLength(1);
  });

  test('finds an equal one on the third page', async () => {
    const world = await begin();
    for (let index = 0; index < 230; index += 1)
      world.simulator.addHook('group/app', { url: `http://127.0.0.1:1/${index}` });
    const { id } = world.addHook();
    expect(await world.json('install', 'group/app')).toMatchObject([{ result: 'unchanged', hook: { id } }]);
    expect(changesOf(world)).toEqual([]);
  });

  test('does all projects of a group, goes on where one fails, and says which', async () => {
    const roles = Object.fromEntries(
      scenario.projects.map(({ path }) => [path, path === 'group/app' ? 'developer' : 'maintainer'] as const),
    );
    const users = [{ username: 'bot', token: apiToken, roles }];
    const world = await begin({ scenario: { ...scenario, users } });
    const { code, stdout, stderr } = await world.hooks('install', 'group/*', 'nowhere/*', 'group/none');
    expect(stdout).toMatch(/^group\/app +failed .*403 Forbidden$/m);
    expect(stdout.match(/^group\/[\w-]+ +created +\d+ +passed/gm)).toHaveLength(scenario.projects.length - 1);
    expect(stdout).toMatch(/^nowhere\/\* +failed .*404 Group Not Found$/m);
    expect(stdout).toMatch(/^group\/none +failed .*404 Project Not Found$/m);
    expect([code, stderr]).toEqual([1, 'pipeline-trigger: 3 of 10 have no tested hook\n']);
  });

  test('without PUBLIC_URL names it; --url does instead', async () => {
    const world = await begin({ env: { PUBLIC_URL: '' } });
    const refused = await world.hooks('install', 'group/app');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^pipeline-trigger: group\/app: PUBLIC_URL is not set.*--url/);
    expect((await world.hooks('install', 'group/app', '--url', world.url)).code).toBe(0);
  });

  test('shows the words of GitLab when the service cannot be reached from there', async () => {
    const world = await begin();
    const { code, stdout } = await world.hooks('install', 'group/app', '--url', 'http://127.0.0.1:1');
    expect(stdout).toMatch(/group\/app +created +\d+ +failed .*ECONNREFUSED/);
    expect(code).toBe(1);
  });

  test('--no-tls-verify is the only way to do without', async () => {
    const world = await begin();
    const sent = async (...more: string[]) => {
      await world.hooks('install', 'group/app', ...more);
      return changesOf(world).at(-1)?.input['enable_ssl_verification'];
    };
    expect([await sent(), await sent('--no-tls-verify'), await sent()]).toEqual([true, false, true]);
  });
});

test('hooks list shows all hooks of a project, and which is ours', async () => {
  const world = await begin();
  const { id } = world.addHook();
  world.simulator.addHook('group/app', { url: 'https://chat.example.com/hook', push_events: true });
  const { stdout, code } = await world.hooks('list', 'group/app', 'group/green');
  expect(stdout).toMatch(
    new RegExp(`^group/app +${id} +yes +pipeline job +token +verified +executable +http`, 'm'),
  );
  expect(stdout).toMatch(
    /^group\/app +\d+ +no +push +- +verified +executable +https:\/\/chat.example.com\/hook$/m,
  );
  expect(stdout).toMatch(/^group\/green +- .* no hooks$/m);
  expect(code).toBe(0);
});

describe('hooks doctor', () => {
  test('finds each kind of problem, and --fix repairs it', async () => {
    const world = await begin();
    const broken: Readonly<Record<string, Partial<HookSettingsInput> | null>> = {
      'group/app': null,
      'group/green': { pipeline_events: false, job_events: false },
      'group/failing': { custom_webhook_template: '{"x":"{{object_kind}}"}' },
      'group/manual': { url: `${world.url}/old/webhooks/gitlab` },
      'group/skipped': { token: null },
      'group/flaky': {},
      'group/broken': { token: 'wrong' },
    };
    for (const [project, hook] of Object.entries(broken))
      if (hook !== null) world.simulator.addHook(project, { ...hookTo(world.url), ...hook });
    world.simulator.addHook('group/flaky', hookTo(world.url));
    const found = await world.hooks('doctor', 'group/*');
    for (const line of [
      /^group\/app +error +- +missing /m,
      /^group\/green +error +\d+ +missing_pipeline_events /m,
      /^group\/green +warning +\d+ +missing_job_events /m,
      /^group\/failing +error +\d+ +custom_template /m,
      /^group\/manual +error +\d+ +wrong_url /m,
      /^group\/skipped +error +\d+ +no_secret /m,
      /^group\/flaky +warning +\d+ +duplicate /m,
      /^group\/broken +ok /m,
    ])
      expect(found.stdout).toMatch(line);
    expect([found.code, changesOf(world)]).toEqual([1, []]);
    const fixed = await world.hooks('doctor', '--fix', 'group/*');
    expect([fixed.code, fixed.stderr]).toEqual([0, '']);
    expect(fixed.stdout.match(/ repaired /g)).toHaveLength(8);
    expect((await world.hooks('doctor', 'group/*')).stdout.match(/^group\/[\w-]+ +ok /gm)).toHaveLength(8);
  });

  test('--fix has sent again what failed, which is applied', async () => {
    const world = await begin({
      env: { SWEEP_SECONDS: '600' },
      scenario: { ...scenario, autoDisableHooks: false },
    });
    world.addHook();
    world.simulator.faults.hooks.push({ kind: 'fail' });
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await world.pipelineOf(id);
    for (const job of ['build', 'unit'])
      for (const event of ['run', 'success'] as const) world.simulator.apply(pipelineId, event, [job]);
    await eventually(() => {
      const bodies = world.simulator.deliveries.map(({ body }) => body);
      expect(
        bodies.some((body) => body.includes('"object_kind":"pipeline"') && body.includes('"finished_at":"')),
      ).toBe(true);
    });
    world.simulator.faults.hooks.splice(0);
    expect((await world.hooks('doctor', 'group/app')).stdout).toMatch(/ error +\d+ +deliveries_missed /);
    const fixed = await world.hooks('doctor', '--fix', 'group/app');
    expect([fixed.code, fixed.stderr]).toEqual([0, '']);
    expect(fixed.stdout).toMatch(/ sent +\d+ +resent .*[3-5] deliveries arrived/);
    expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
  });

  test('without projects looks at those that triggers wait for', async () => {
    const world = await begin();
    expect((await world.hooks('doctor')).stdout).toBe('no pending trigger waits for a project\n');
    await world.pipelineOf((await world.trigger({ project: 'group/app', ref: 'main' })).id);
    await eventually(async () =>
      expect((await world.hooks('doctor')).stdout).toMatch(/group\/app +error +- +missing/),
    );
  });
});

test('hooks remove removes ours, and no others', async () => {
  const world = await begin();
  const { id } = world.addHook();
  world.simulator.addHook('group/app', { url: 'https://chat.example.com/hook' });
  expect((await world.hooks('remove', 'group/app')).stdout).toMatch(
    new RegExp(`group/app +removed +${id}\n$`),
  );
  expect(await world.hooks('remove', 'group/app')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no hook of this service') as string,
  });
  expect(await world.json('list', 'group/app')).toMatchObject([
    { hook: null, hooks: [{ url: 'https://chat.example.com/hook' }] },
  ]);
});

test('a hook that is disabled while a trigger waits is noticed in the list, over HTTP and in the log', async () => {
  const world = await begin();
  const hook = world.addHook();
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await world.pipelineOf(id);
  // One of the pipeline and three of jobs: one that arrives late would enable the hook again.
  await eventually(() => expect(world.simulator.deliveries).toHaveLength(4));
  world.simulator.faults.hooks.push({ kind: 'fail' });
  for (const event of ['run', 'success'] as const) world.simulator.apply(pipelineId, event, ['build']);
  world.simulator.apply(pipelineId, 'run', ['unit']);
  await eventually(async () =>
    expect(await shown(world, hook.id)).toMatchObject({ alert_status: 'temporarily_disabled' }),
  );
  await eventually(async () =>
    expect((await world.call('GET', '/v1/hooks/health')).json).toMatchObject({
      items: [{ project: 'group/app', state: 'unhealthy', findings: [{ code: 'temporarily_disabled' }] }],
    }),
  );
  await eventually(() =>
    expect(world.log()).toMatch(/"project":"group\/app".*pending triggers have no healthy hook/),
  );
  expect((await world.list()).stdout).toMatch(
    /group\/app has no healthy hook: GitLab pauses it until .*hooks doctor/,
  );
  world.simulator.faults.hooks.splice(0);
  expect((await world.hooks('doctor', '--fix')).code).toBe(0);
  world.simulator.apply(pipelineId, 'success', ['unit']);
  expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
});

test('who is not an admin, and a service that is away', async () => {
  const world = await begin();
  const env = { PIPELINE_TRIGGER_URL: world.url, PIPELINE_TRIGGER_TOKEN: 'wrong' };
  expect(await callCli(['hooks', 'install', 'a/b', 'c/d'], env)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^pipeline-trigger: the service does not know this token.*\n$/) as string,
  });
  expect(
    await callCli(['hooks', 'doctor', 'a/b'], { PIPELINE_TRIGGER_URL: 'http://127.0.0.1:1' }),
  ).toMatchObject({
    code: 2,
  });
  expect((await callCli(['hooks', 'install'], env)).code).toBe(2);
});
