import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../../src/api/trigger-view.ts';
import { pipelineTrigger } from '../../../support/built.ts';
import { eventually } from '../../../support/eventually.ts';
import { node } from '../../../support/run-command.ts';
import { adminToken, startService } from '../../../support/start-service.ts';
import { makeKey } from '../../../http/dashboard/browser.ts';

const world = await startService();
afterAll(world.stop);

/** The SDK's own client, over the command's stdin and stdout. */
async function connect(env: Readonly<Record<string, string>> = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: node,
    args: [pipelineTrigger, 'mcp'],
    env: {
      PATH: process.env['PATH'] ?? '',
      PIPELINE_TRIGGER_URL: world.url,
      PIPELINE_TRIGGER_TOKEN: adminToken,
      ...env,
    },
    stderr: 'pipe',
  });
  await client.connect(transport);
  return client;
}

let client: Client;
beforeAll(async () => {
  client = await connect();
});
afterAll(() => client.close());

interface Called {
  readonly isError?: boolean;
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly content: readonly { readonly type: string; readonly text: string }[];
}

const call = async (name: string, args: Readonly<Record<string, unknown>>, by = client): Promise<Called> =>
  (await by.callTool({ name, arguments: args })) as unknown as Called;
const textOf = ({ content }: Called): string => content.map(({ text }) => text).join('\n');
const start = async (project: string, more: object = {}): Promise<TriggerView> => {
  const called = await call('trigger_pipeline', { project, ref: 'main', ...more });
  expect(called.isError, textOf(called)).not.toBe(true);
  return called.structuredContent as unknown as TriggerView;
};

test('the tools are those of the contract, each with a short description and an example', async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).toSorted()).toEqual([
    'cancel_trigger',
    'explain_failure',
    'list_triggers',
    'play_manual_jobs',
    'trigger_pipeline',
    'wait_for_trigger',
  ]);
  for (const { description = '', inputSchema, outputSchema } of tools) {
    expect(description.length).toBeLessThan(600);
    const [, example = ''] = /Example: (\{.*\})$/.exec(description) ?? [];
    const members = Object.keys(JSON.parse(example) as object);
    expect(members.length).toBeGreaterThan(0);
    for (const member of members) expect(inputSchema.properties).toHaveProperty(member);
    expect(outputSchema).toBeDefined();
  }
});

describe('trigger_pipeline and wait_for_trigger', () => {
  test('trigger a pipeline and return how it ended', async () => {
    const { id } = await start('group/green', { variables: { A: '1' } });
    const called = await call('wait_for_trigger', { id });
    expect(called.structuredContent).toMatchObject({ id, state: 'finished', outcome: 'success' });
    expect(textOf(called)).toMatch(/^group\/green main \(trg_\w+\): ended: success http/);
    expect(world.simulator.pipelines('group/green').at(-1)?.variables).toMatchObject({ A: '1' });
  });

  test('play manual jobs where the request says so', async () => {
    const { id } = await start('group/manual', { onManual: 'play', jobs: ['deploy'] });
    expect((await call('wait_for_trigger', { id })).structuredContent).toMatchObject({ outcome: 'success' });
  });

  test('a wait for some seconds returns a pending trigger, and goes on when it is called again', async () => {
    const { id } = await start('group/app');
    const called = await call('wait_for_trigger', { id, timeoutSeconds: 1 });
    expect(called.structuredContent).toMatchObject({ id, state: 'pending', outcome: null });
    expect(textOf(called)).toContain('call wait_for_trigger again');
    const again = call('wait_for_trigger', { id });
    const pipelineId = await world.pipelineOf(id);
    for (const job of ['build', 'unit']) world.simulator.apply(pipelineId, 'success', [job]);
    expect((await again).structuredContent).toMatchObject({ outcome: 'success' });
  });

  test('a wait reports progress immediately and every five seconds', async () => {
    const { id } = await start('group/app');
    const reports: { progress: number; message?: string | undefined }[] = [];
    const waiting = client.callTool(
      { name: 'wait_for_trigger', arguments: { id, timeoutSeconds: 6 } },
      undefined,
      {
        onprogress: (report) => void reports.push(report),
      },
    );
    await eventually(() => expect(reports.length).toBeGreaterThan(0));
    await waiting;
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.map(({ progress }) => progress)).toEqual(
      reports.map(({ progress }) => progress).toSorted((one, other) => one - other),
    );
    expect(reports[0]?.message).toContain(id);
  });

  test('a canceled wait leaves the pipeline alone, and no waiter behind', async () => {
    const { id } = await start('group/app');
    const pipelineId = await world.pipelineOf(id);
    const abort = new AbortController();
    const waiting = client
      .callTool({ name: 'wait_for_trigger', arguments: { id } }, undefined, { signal: abort.signal })
      .catch(() => 'canceled');
    await eventually(() => expect(world.waiters(id)).toBe(1));
    abort.abort();
    expect(await waiting).toBe('canceled');
    await eventually(() => expect(world.waiters(id)).toBe(0));
    expect(world.simulator.pipeline(pipelineId).status).not.toBe('canceled');
  });
});

test('explain_failure gives the failed jobs with the ends of their logs', async () => {
  const { id } = await start('group/failing');
  await call('wait_for_trigger', { id });
  const called = await call('explain_failure', { id });
  expect(called.structuredContent).toMatchObject({ failedJobs: [{ name: 'unit', stage: 'test' }] });
  expect(textOf(called)).toMatch(/job unit \(test\): script_failure[^]*ERROR: exit code 1/);
});

test('explain_failure names the manual jobs that block', async () => {
  const { id } = await start('group/manual');
  await call('wait_for_trigger', { id });
  expect(textOf(await call('explain_failure', { id }))).toContain('job deploy (deploy) waits to be played');
});

test('play_manual_jobs plays what blocks, and wait_for_trigger waits for the rest', async () => {
  const { id } = await start('group/manual');
  expect((await call('wait_for_trigger', { id })).structuredContent).toMatchObject({ outcome: 'manual' });
  expect((await call('play_manual_jobs', { id, jobs: ['deploy'] })).isError).not.toBe(true);
  expect((await call('wait_for_trigger', { id })).structuredContent).toMatchObject({ outcome: 'success' });
});

test('cancel_trigger cancels the pipeline', async () => {
  const { id } = await start('group/app');
  await world.pipelineOf(id);
  await call('cancel_trigger', { id, reason: 'wrong version' });
  expect((await call('wait_for_trigger', { id })).structuredContent).toMatchObject({ outcome: 'canceled' });
});

test('list_triggers lists what the key may see', async () => {
  const { secret } = await makeKey(world, { name: 'agent', projects: ['group/green'] });
  const agent = await connect({ PIPELINE_TRIGGER_TOKEN: secret });
  expect(textOf(await call('list_triggers', { state: 'all' }, agent))).toBe('no triggers');
  const { structuredContent } = await call(
    'trigger_pipeline',
    { project: 'group/green', ref: 'main' },
    agent,
  );
  const listed = await call('list_triggers', { state: 'all', project: 'group/green', limit: 5 }, agent);
  expect(listed.structuredContent).toMatchObject({
    items: [{ id: structuredContent?.['id'] }],
    nextCursor: null,
  });
  expect(await call('trigger_pipeline', { project: 'group/app', ref: 'main' }, agent)).toMatchObject({
    isError: true,
  });
  await agent.close();
});

describe('what goes wrong is a result that says so', () => {
  test.for([
    ['wait_for_trigger', { id: 'trg_none' }, /there is no such trigger/],
    ['trigger_pipeline', { project: '..', ref: 'main' }, /project/],
    ['play_manual_jobs', { id: 'trg_none' }, /there is no such trigger/],
    ['wait_for_trigger', { id: 'trg_none', timeoutSeconds: 0 }, /timeoutSeconds/],
    ['trigger_pipeline', { project: 'group/green' }, /ref/],
  ] as const)('%s with %j', async ([name, args, message]) => {
    const called = await call(name, args);
    expect(called.isError).toBe(true);
    expect(textOf(called)).toMatch(message);
  });

  test('a wrong token', async () => {
    const unknown = await connect({ PIPELINE_TRIGGER_TOKEN: 'wrong-token-here' });
    const called = await call('list_triggers', {}, unknown);
    expect(called).toMatchObject({ isError: true });
    expect(textOf(called)).toContain('PIPELINE_TRIGGER_TOKEN');
    await unknown.close();
  });
});
