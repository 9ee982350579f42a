import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { apiToken, scenario, triggerToken } from '../../support/scenario.ts';
import { adminToken, startService } from '../../support/start-service.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { callTrigger } from './support/call-trigger.ts';

const parent = {
  id: 50,
  path: 'group/parent',
  ci: {
    stages: ['trigger', 'gate'],
    trigger: { stage: 'trigger', script: 'trigger --gate' },
    wait: { stage: 'gate', script: 'trigger --verdict', when: 'manual', allow_failure: false },
  },
  triggerTokens: [triggerToken],
};
const world = await startService({ scenario: { ...scenario, projects: [...scenario.projects, parent] } });
afterAll(world.stop);
let jobs = 0;

/** An upstream pipeline, and what GitLab tells its jobs. */
async function startUpstream() {
  const response = await fetch(`${world.simulator.url}/api/v4/projects/50/pipeline?ref=main`, {
    method: 'POST',
    headers: { 'private-token': apiToken },
  });
  const { id } = (await response.json()) as { id: number };
  const env = {
    PIPELINE_TRIGGER_URL: world.url,
    PIPELINE_TRIGGER_TOKEN: adminToken,
    CI_PROJECT_ID: '50',
    CI_PROJECT_PATH: 'group/parent',
    CI_PIPELINE_ID: String(id),
    CI_JOB_ID: String((jobs += 1)),
    CI_JOB_NAME: 'wait',
  };
  const pipeline = () => {
    const found = world.simulator.pipelines('group/parent').find((each) => each.id === id);
    if (found === undefined) throw new Error('the upstream pipeline is gone');
    return found;
  };
  const gate = () => pipeline().jobs.find(({ name }) => name === 'wait')?.status;
  return { id, env, pipeline, gate };
}

describe('trigger --gate', () => {
  test('ends with 0 once the service has the request, and the gate is played at the end', async () => {
    const { env, gate } = await startUpstream();
    const { code, stdout, stderr } = await callTrigger(
      ['--gate', 'wait', '-t', 'main', 'group/failing'],
      env,
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("Triggering pipeline for ref 'main' for project id group/failing\n");
    expect(stderr).toMatch(/the service has the request as trg_\w+; at its end it plays the job wait\n$/);
    await eventually(() => expect(gate()).toBe('success'));
  });

  test('with a commit status sets that, too', async () => {
    const { env, pipeline } = await startUpstream();
    const args = ['--gate', 'wait', '--commit-status', 'downstream', '-t', 'main', '2'];
    const { stderr } = await callTrigger(args, env);
    expect(stderr).toMatch(/it plays the job wait and sets the commit status downstream\n$/);
    await eventually(() => expect(pipeline().commitStatuses).toMatchObject([{ status: 'success' }]));
  });

  test('says when the service refuses', async () => {
    const { env } = await startUpstream();
    const run = (ref: string) => callTrigger(['--commit-status', 'x', '-t', ref, 'group/app'], env);
    expect((await run('main')).code).toBe(0);
    const { code, stderr } = await run('feature/slash');
    expect(code).toBe(1);
    expect(stderr).toMatch(/report\.commitStatus: trg_\w+ posts under this name already/);
  });
});

describe('trigger --verdict', () => {
  test.for([
    ['group/green', [], 0, 'Pipeline succeeded\n', /^$/],
    [
      'group/failing',
      [],
      1,
      /^Pipeline failed! Check details at 'http.*\/group\/failing\/-\/pipelines\/\d+'\n$/,
      /job unit.*failed.*[^]*ERROR: exit code 1/,
    ],
    ['group/manual', [], 1, /^Pipeline failed!/, /the pipeline is blocked/],
    ['group/manual', ['--detailed-exitcode'], 5, /^Pipeline failed!/, /the pipeline is blocked/],
    ['group/none', [], 1, '', /error: .*404/],
  ] as const)('of a trigger in %s, with %j, ends with %i', async ([project, args, code, stdout, stderr]) => {
    const { env, gate } = await startUpstream();
    await callTrigger(['--gate', 'wait', '-t', 'main', project], env);
    await eventually(() => expect(gate()).toBe('success'));
    const ended = await callTrigger(['--verdict', ...args], env);
    expect(ended.code, ended.stderr).toBe(code);
    if (typeof stdout === 'string') expect(ended.stdout).toBe(stdout);
    else expect(ended.stdout).toMatch(stdout);
    expect(ended.stderr).toMatch(stderr);
  });

  test('waits for a trigger that has not finished, and hands on its pipeline', async () => {
    const directory = makeTemporaryDirectory();
    onTestFinished(directory.remove);
    const dotenv = path.join(directory.path, 'trigger.env');
    const { env } = await startUpstream();
    const before = world.simulator.pipelines('group/app').length;
    await callTrigger(['--gate', 'wait', '-t', 'main', 'group/app'], env);
    const ended = callTrigger(['--verdict', '--json', '--dotenv', dotenv], env);
    await eventually(() => expect(world.simulator.pipelines('group/app').length).toBeGreaterThan(before));
    const pipelineId = world.simulator.pipelines('group/app').at(-1)?.id ?? 0;
    for (const job of ['build', 'unit']) world.simulator.apply(pipelineId, 'success', [job]);
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout.split('\n').at(-2) ?? '')).toMatchObject({ outcome: 'success', pipelineId });
    expect(readFileSync(dotenv, 'utf8')).toContain(`TRIGGERED_PIPELINE_ID=${pipelineId}\n`);
  });

  test('says when no trigger names the job', async () => {
    const { env } = await startUpstream();
    const { code, stderr } = await callTrigger(['--verdict'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no trigger of this caller reports to this pipeline and gate/);
  });
});

describe('a usage error', () => {
  const ci = {
    CI_PROJECT_ID: '1',
    CI_PROJECT_PATH: 'a/b',
    CI_PIPELINE_ID: '1',
    CI_JOB_ID: '1',
    CI_JOB_NAME: 'x',
  };
  const service = { PIPELINE_TRIGGER_URL: 'http://127.0.0.1:9' };
  const wanted = ['-t', 'main', '1'];
  test.for([
    [['--gate', 'x', '-p', 't', ...wanted], ci, 'argument --gate: needs the service'],
    [['--commit-status', 'x', '-p', 't', ...wanted], ci, 'argument --commit-status: needs the service'],
    [['--verdict'], ci, 'argument --verdict: needs the service'],
    [['--gate', 'x', ...wanted], service, 'argument --gate: expected to run in a job of GitLab CI'],
    [['--verdict'], service, 'argument --verdict: expected to run in a job of GitLab CI'],
    [
      ['--verdict', '--gate', 'x'],
      { ...ci, ...service },
      'argument --gate: not allowed with argument --verdict',
    ],
    [['--gate', '', ...wanted], { ...ci, ...service }, 'argument --gate: expected a name'],
  ] as const)('%j with %j', async ([args, env, message]) => {
    const { code, stderr } = await callTrigger(args, env);
    expect(stderr).toContain(`trigger: error: ${message}`);
    expect(code).toBe(2);
  });
});
