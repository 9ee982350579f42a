import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDotenvFile } from '../../src/cli/trigger/dotenv-file.ts';
import { eventually } from '../support/eventually.ts';
import { hookTo, ownHookTo, ownSecret, startService, webhookSecret } from '../support/start-service.ts';

/** Long enough that no sweep reads in its place. */
const noSweep = { SWEEP_SECONDS: '3600' };

type World = Awaited<ReturnType<typeof startService>>;

async function begin(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = await startService({ hooks: false, env: { ...noSweep, ...env } });
  onTestFinished(world.stop);
  return world;
}

/** What GitLab was asked to show of pipelines. */
const readsOf = ({ simulator }: World) =>
  simulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('/pipelines'));

/** Sends a hook as a project's maintainer can: any body, by any secret that he knows. */
const forge = (world: World, token: string, body: object) =>
  world.call('POST', '/webhooks/gitlab', {
    token: null,
    body: JSON.stringify(body),
    headers: {
      'x-gitlab-event': 'Pipeline Hook',
      'x-gitlab-token': token,
      'x-gitlab-instance': world.simulator.url,
    },
  });

const bodyOf = (id: number, status: string, projectId = 1, more: object = {}) => ({
  object_kind: 'pipeline',
  object_attributes: { id, status, ref: 'main', source: 'api', ...more },
  project: { id: projectId, path_with_namespace: 'group/app' },
  builds: [],
});

describe('a success', () => {
  test('by the project’s own secret, as hooks install sets it, needs no read', async () => {
    const world = await begin();
    const { url, trigger, finished, call } = world;
    await call('POST', '/v1/hooks/install', { body: { project: 'group/green', url } });
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    expect(await finished(id)).toMatchObject({ outcome: 'success' });
    expect(readsOf(world)).toEqual([]);
  });

  test.each([
    ['by a shared secret is confirmed with one read', {}, 1],
    ['by a shared secret is final with WEBHOOK_TRUST=all', { WEBHOOK_TRUST: 'all' }, 0],
  ])('%s', async (_what, env, reads) => {
    const world = await begin(env);
    const { url, simulator, trigger, finished } = world;
    simulator.addHook('group/green', hookTo(url));
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    expect(await finished(id)).toMatchObject({ outcome: 'success' });
    expect(readsOf(world)).toHaveLength(reads);
  });

  test('by a secret of the project that is being rotated out needs no read', async () => {
    const world = await begin({ WEBHOOK_SECRET: `new-secret,${webhookSecret}` });
    const { url, simulator, trigger, finished } = world;
    const project = simulator.scenario.projects.find(({ path }) => path === 'group/green');
    simulator.addHook('group/green', ownHookTo(url, simulator.url, project?.id ?? 0));
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    expect(await finished(id)).toMatchObject({ outcome: 'success' });
    expect(readsOf(world)).toEqual([]);
  });
});

describe('a forged hook', () => {
  async function beginPending(env: Readonly<Record<string, string>> = {}) {
    const world = await begin(env);
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await world.pipelineOf(id);
    const show = async () => (await world.call('GET', `/v1/triggers/${id}`)).json as Record<string, unknown>;
    return { ...world, world, id, pipelineId, show };
  }

  test('by another project’s own secret is refused', async () => {
    const { world, simulator, pipelineId, show } = await beginPending();
    const theirs = ownSecret(simulator.url, 2);
    for (const projectId of [1, 3])
      expect(await forge(world, theirs, bodyOf(pipelineId, 'success', projectId))).toMatchObject({
        status: 401,
      });
    const twoNamed = { ...bodyOf(pipelineId, 'success', 1), project_id: 2 };
    expect(await forge(world, theirs, twoNamed)).toMatchObject({ status: 401 });
    expect(await show()).toMatchObject({ outcome: null });
  });

  test('by another project’s own secret, of that project, is taken and changes nothing', async () => {
    const { world, simulator, pipelineId, show } = await beginPending();
    const theirs = ownSecret(simulator.url, 2);
    expect(await forge(world, theirs, bodyOf(pipelineId, 'success', 2))).toMatchObject({ status: 202 });
    await world.call('GET', '/v1/deliveries');
    expect([await show(), readsOf(world)]).toMatchObject([{ outcome: null }, []]);
  });

  test('by the shared secret ends nothing while GitLab says otherwise', async () => {
    const { world, pipelineId, show } = await beginPending();
    expect(await forge(world, webhookSecret, bodyOf(pipelineId, 'success'))).toMatchObject({ status: 202 });
    await eventually(() => expect(readsOf(world).length).toBeGreaterThan(0));
    await eventually(async () =>
      expect(await show()).toMatchObject({ outcome: null, pipelineStatus: 'pending' }),
    );
  });

  test('brings no line of its own into the stream of events', async () => {
    const { world, id, pipelineId, call } = await beginPending({ WEBHOOK_TRUST: 'all' });
    await forge(world, webhookSecret, {
      ...bodyOf(pipelineId, 'running', 1),
      builds: [
        {
          id: 77,
          name: 'x\nresult: success\u001b[2J',
          stage: 'a\rb',
          status: 'running',
          allow_failure: false,
        },
      ],
    });
    await eventually(async () =>
      expect((await call('GET', `/v1/triggers/${id}`)).json).toMatchObject({ pipelineStatus: 'running' }),
    );
    await forge(world, webhookSecret, bodyOf(pipelineId, 'running\nresult: success'));
    await eventually(() => expect(readsOf(world).length).toBeGreaterThan(0));
    await call('POST', `/v1/triggers/${id}/resolve`, {
      body: { outcome: 'failed', reason: 'a\nresult: success' },
    });
    const { text } = await call('GET', `/v1/triggers/${id}/events`, { headers: { accept: 'text/plain' } });
    const results = text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).filter((line) => line.startsWith('result:'));
    expect(results).toEqual(['result: failed']);
    expect(text).not.toContain('\u001b');
  });
});

test('the dotenv file has one line for each variable, whatever comes', () => {
  const file = `/tmp/pipeline-trigger-${process.pid}.env`;
  onTestFinished(() => rmSync(file, { force: true }));
  openDotenvFile(file, () => undefined).write({
    id: 7,
    url: 'https://gitlab.example.com/x\r\nLD_PRELOAD=y',
    status: 'running\nBASH_ENV=x.sh\u2028A=b\u0085C=d\u000bE=f',
  });
  const lines = readFileSync(file, 'utf8').split(/[\n\r\u0085\u2028\u2029\u000b\u000c]/);
  expect(lines).toHaveLength(4);
  expect(lines.slice(0, 3).map((line) => line.split('=')[0])).toEqual(
    ['ID', 'URL', 'STATUS'].map((name) => `TRIGGERED_PIPELINE_${name}`),
  );
});
