import { expect } from 'vitest';
import type { Clock } from '../../src/app/ports/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { outcomes } from '../../src/domain/trigger/trigger.ts';
import type { Operation } from './api-document.ts';
import { eventually } from './eventually.ts';
import { readFixture } from './hook-fixtures.ts';
import { openStream } from './open-stream.ts';
import { adminToken, startService, webhookSecret } from './start-service.ts';

/** Nobody is held for longer than a moment. */
const impatientClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal),
};

/** A service with something of everything in it, for those who ask all there is to ask. */
export async function startApiWorld() {
  const world = await startService({
    hooks: false,
    clock: impatientClock,
    env: {
      CALLBACK_ALLOWED_HOSTS: '127.0.0.1',
      CALLBACK_SECRET: 'callback-secret',
      // One caller asks for everything here.
      APPROVAL_FOUR_EYES: 'off',
      PUBLIC_URL: 'https://pipelines.example.com',
    },
  });
  const start = async (key: string): Promise<string> => {
    const asked = await world.call('POST', '/v1/triggers', {
      body: { project: 'group/app', ref: 'main' },
      headers: { 'idempotency-key': key },
    });
    const { id } = asked.json as { id: string };
    await world.pipelineOf(id);
    return id;
  };
  const resolve = (id: string, outcome: string) =>
    world.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome, reason: 'to see the answer' } });
  /** Its key is its outcome. */
  const resolvedAs = async (outcome: string): Promise<string> => {
    const id = await start(outcome);
    await world.call('POST', `/v1/triggers/${id}/resolve`, {
      body: { outcome, reason: 'to see the answer' },
    });
    return id;
  };

  const pruned = await resolvedAs('success');
  await world.service.store.prune(Date.now() + 1, Date.now() + 1);
  const pending = await start('taken');
  const finished: string[] = [];
  for (const outcome of outcomes) finished.push(await resolvedAs(outcome));
  // Each of their ends is the verdict of a gate of its own.
  const gates: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const pipelineId = 900 + index;
    const { id } = await world.trigger({
      project: 'group/app',
      ref: 'main',
      upstream: { project: 'group/green', pipelineId },
      report: { gate: 'wait' },
    });
    await world.pipelineOf(id);
    await resolve(id, outcome);
    gates.push(`?project=group/green&pipelineId=${pipelineId}&gate=wait`);
  }
  const { id: waiting } = await world.trigger({
    project: 'group/app',
    ref: 'main',
    upstream: { project: 'group/green', pipelineId: 899 },
    report: { gate: 'wait' },
  });
  await world.pipelineOf(waiting);
  gates.push(
    '?project=group/green&pipelineId=899&gate=wait&wait=1',
    '?project=group/green&pipelineId=898&gate=wait',
  );
  const askForApproval = async (): Promise<string> => {
    const manual = [{ job: 'deploy', action: 'approve' }];
    const { id } = await world.trigger({ project: 'group/manual', ref: 'main', manual });
    await world.pipelineOf(id);
    await eventually(async () => {
      await world.call('POST', `/v1/triggers/${id}/reconcile`);
      expect((await world.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({
        approvals: [{ job: 'deploy' }],
      });
    });
    return id;
  };
  const [toApprove, toReject] = [await askForApproval(), await askForApproval()];
  // Nothing listens there. One callback waits for the end of its trigger, the other may be sent.
  const callbackUrl = 'http://127.0.0.1:1/reported';
  const { id: unreported } = await world.trigger({ project: 'group/app', ref: 'main', callbackUrl });
  const { id: reported } = await world.trigger({ project: 'group/app', ref: 'main', callbackUrl });
  await resolve(reported, 'success');
  const hook = await world.call('POST', '/webhooks/gitlab', {
    token: null,
    body: readFixture('gitlab_docs_19_pipeline_hook'),
    headers: { 'x-gitlab-event': 'Pipeline Hook', 'x-gitlab-token': webhookSecret, 'webhook-id': 'one' },
  });
  const { delivery } = hook.json as { delivery: string };
  const keyOf = async (role: 'read' | 'trigger'): Promise<string> =>
    (
      await world.service.keys.create(
        { name: role, role, projects: null, days: null },
        { id: 'test', from: 'here' },
      )
    ).secret;
  const withFiles = await start('with files');
  world.simulator.apply(await world.pipelineOf(withFiles), 'success', ['build']);
  const tokens = { admin: adminToken, reader: await keyOf('read'), other: await keyOf('trigger') };

  /** What an operation's path may be filled in with. Events of a trigger that waits would not end. */
  const idsFor = ({ path, operationId }: Operation): readonly string[] => {
    if (path.startsWith('/problems')) return ['invalid', 'nothing'];
    if (path.startsWith('/v1/deliveries')) return [delivery, 'dlv_unknown'];
    if (path.startsWith('/v1/callbacks'))
      return [...[reported, unreported].map((id) => id.replace('trg_', 'cbk_')), 'cbk_unknown'];
    if (!path.includes('{')) return [''];
    if (path.includes('/artifacts')) return [withFiles, pruned, 'trg_unknown'];
    if (operationId === 'approveJob' || operationId === 'rejectJob')
      return [operationId === 'approveJob' ? toApprove : toReject, pruned, 'trg_unknown', pending];
    return [...finished, pruned, 'trg_unknown', ...(operationId === 'followEvents' ? [] : [pending])];
  };

  /** Without it nothing could be answered. */
  const queryFor = ({ path }: Operation, project = 'group/app'): string => {
    if (path === '/v1/hooks') return `?project=${encodeURIComponent(project)}`;
    return path === '/v1/hooks/projects' ? `?pattern=${encodeURIComponent(`${project}/*`)}` : '';
  };

  /** The stream of all triggers does not end: its answer is what has come up to the first comment. */
  const call: typeof world.call = async (method, path, options = {}) => {
    if (method !== 'GET' || !path.startsWith('/v1/events')) return world.call(method, path, options);
    const { token, headers = {} } = { token: adminToken, ...options };
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const stream = await openStream(`${world.url}${path}`, { ...authorization, ...headers });
    if (stream.status === 200) await eventually(() => expect(stream.text()).toContain(': still here\n'));
    else await stream.ended;
    stream.hangUp();
    const { status, headers: given } = stream;
    return { status, headers: given, text: stream.text(), json: undefined };
  };

  return {
    ...world,
    call,
    idsFor,
    queryFor,
    gates,
    tokens,
    hookHeaders: { 'x-gitlab-token': webhookSecret },
  };
}

/** The path of an operation with its id filled in; jobs and files are those of `withFiles`. */
export const pathOf = ({ path }: Operation, id: string): string =>
  path
    .replace(/\{\w+\}/, id)
    .replace('{job}', 'build')
    .replace('{path}', 'build.env');
