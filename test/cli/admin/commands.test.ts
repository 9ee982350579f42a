import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import stringWidth from 'string-width';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { node, repository } from '../../support/run-command.ts';
import { callCli } from '../../support/call-cli.ts';
import { scenario } from '../../support/scenario.ts';
import { adminToken, startService } from '../../support/start-service.ts';
import { pipelineTrigger } from '../../support/built.ts';

const wide = '部署到生产环境';
const world = await startService({
  scenario: {
    ...scenario,
    projects: [
      ...scenario.projects,
      { id: 50, path: 'group/wide', ci: { [wide]: { script: 'x' } }, autoRun: false },
    ],
  },
});
afterAll(world.stop);

const env = { PIPELINE_TRIGGER_URL: world.url, PIPELINE_TRIGGER_TOKEN: adminToken };
const cli = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  callCli(args, { ...env, ...more });

/** What a command prints as JSON, when it is done. */
async function json(args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await cli([...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as unknown;
}

/** What a command prints for people, when it is done. */
async function text(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

async function standing(request: object = {}): Promise<{ id: string; pipelineId: number }> {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main', ...request });
  return { id, pipelineId: await world.pipelineOf(id) };
}

const audited = async (id: string): Promise<readonly unknown[]> => {
  const answer = await world.call('GET', `/v1/audit?subject=${id}`);
  return (answer.json as { items: readonly unknown[] }).items;
};

describe('list', () => {
  test('says what waits, since when, on which job, who waits, how old the news is, and the deadline', async () => {
    const { id, pipelineId } = await standing({ ref: 'feature/slash' });
    const gone = new AbortController();
    const waits = world
      .call('GET', `/v1/triggers/${id}/wait?wait=50`, { signal: gone.signal })
      .catch(() => null);
    world.simulator.apply(pipelineId, 'run', ['build']);
    const line = new RegExp(
      `^${id} +pending +group/app +\\d+s +build \\(running\\) +feature/slash +admin@127\\.0\\.0\\.1 +\\d+s +(?:1d|23h)`,
      'm',
    );
    await eventually(async () => expect(await text(['list'])).toMatch(line));
    expect(await text(['list', '--ref', 'feature/slash'])).toMatch(
      /^ID +STATE +PROJECT +AGE +JOB +REF +WAITING +UPDATED +DEADLINE\n/,
    );
    const [item, ...others] = (await json(['list', '--ref', 'feature/slash'])) as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(item).toMatchObject({
      ...((await world.call('GET', `/v1/triggers/${id}`)).json as object),
      caller: 'admin',
      jobs: [{ name: 'build', status: 'running' }],
      waiting: [{ caller: 'admin', from: '127.0.0.1', count: 1 }],
    });
    gone.abort();
    await waits;
  });

  test('tells that there is nothing, shows the finished, and goes through pages', async () => {
    expect(await text(['list', '--ref', 'nowhere'])).toBe('no trigger is pending\n');
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
      await world.finished(id);
      ids.push(id);
    }
    const list = ['list', '--project', 'group/green'];
    expect(await json(list)).toEqual([]);
    const all = (await json([...list, '--state', 'all', '--limit', '2'])) as { id: string }[];
    expect(all.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 2));
    expect(await text([...list, '--state', 'finished'])).toMatch(
      / success +group\/green +\S+ +success +main +- /,
    );
  });

  test.each([120, 80, 40])('fits a terminal of %i columns, wide characters too', async (columns) => {
    const { id, pipelineId } = await standing({ project: 'group/wide' });
    world.simulator.apply(pipelineId, 'run', [wide]);
    await eventually(async () => {
      const { stdout } = await cli(['list', '--project', 'group/wide']);
      expect(stdout).toContain(`${wide} (running)`);
    });
    const { stdout } = await cli(['list'], { COLUMNS: String(columns), NO_COLOR: '1' });
    expect(stdout).toContain(id.slice(0, 12));
    for (const line of stdout.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    const shown = await cli(['show', id], { COLUMNS: String(columns) });
    for (const line of shown.stdout.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(shown.stdout + stdout).not.toContain('\u001b');
  });
});

describe('at 60 columns', () => {
  test('list shows id, state, project and age whole, and leaves out what matters less', async () => {
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    await world.finished(id);
    const { stdout } = await cli(['list', '--state', 'all', '--project', 'group/green'], { COLUMNS: '60' });
    expect(stdout).toMatch(/^ID +STATE +PROJECT +AGE( |\n)/);
    expect(stdout).toMatch(new RegExp(`^${id.slice(0, 12)} +success +group/green +\\d+`, 'm'));
    expect(stdout).not.toMatch(/DEADLINE|UPDATED/);
    expect(stdout).not.toContain(id);
  });
});

describe('the beginning of an id', () => {
  test('names the trigger, with or without its kind, for every command that takes one', async () => {
    const { id } = await standing();
    const short = id.slice(0, 16);
    for (const given of [short, short.slice('trg_'.length)])
      expect(await json(['show', given])).toMatchObject({ id });
    expect(await json(['reconcile', short, '--dry-run'])).toMatchObject({ id });
    expect(await text(['cancel', short, '--reason', 'short'])).toContain(id);
    await world.finished(id);
    expect(await text(['watch', short])).toContain('canceled');
    expect(await json(['retry', short])).toMatchObject({ id });
  });

  test('that several ids have is refused with them', async () => {
    await standing();
    await standing();
    const { code, stderr } = await cli(['show', 'trg_']);
    expect(code).toBe(1);
    expect(stderr).toContain('there is no such trigger');
    const all = (await json(['list', '--state', 'all', '--limit', '1000'])) as { id: string }[];
    const digits = all.map(({ id }) => id[4] ?? '');
    const common = digits.find((digit, at) => digits.indexOf(digit) < at) ?? '';
    expect(common).not.toBe('');
    const several = await cli(['cancel', common, '--reason', 'x']);
    expect([several.code, several.stdout]).toEqual([1, '']);
    expect(several.stderr).toMatch(/is the beginning of several ids, trg_\w+, trg_\w+.*: give more of it/);
  });

  test('names a delivery', async () => {
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    await world.finished(id);
    const [delivery] = (await json(['deliveries', '--limit', '1'])) as { id: string }[];
    const whole = delivery?.id ?? '';
    expect(await text(['replay', whole.slice(0, 20)])).toContain(`replayed ${whole}:`);
    expect((await cli(['replay', 'dlv_0000000000'])).code).toBe(1);
  });
});

describe('show', () => {
  test('tells where a trigger stands and what happened to it', async () => {
    const { id } = await world.trigger({ project: 'group/manual', ref: 'main', onManual: 'play' });
    await world.finished(id);
    await world.service.diagnostics.responses.flush();
    const shown = await text(['show', id]);
    expect(shown).toMatch(new RegExp(`^${id} {2}group/manual main\\n {2}state {6}finished, success\\n`));
    expect(shown).toMatch(/^ {2}on manual {2}play; played deploy$/m);
    for (const what of [
      / request +admin at 127\.0\.0\.1 asked for group\/manual main, on manual: play/,
      / hook +Job Hook: job build is success {2}dlv_/,
      / play +is to play deploy/,
      / play +played deploy/,
      / decision +success/,
      / answer +answered admin with 200/,
    ])
      expect(shown).toMatch(what);
    expect(await json(['show', id])).toMatchObject({
      id,
      outcome: 'success',
      caller: 'admin',
      entries: expect.arrayContaining([
        expect.objectContaining({ kind: 'decision', text: 'success' }),
      ]) as unknown,
    });
  });

  test('--watch goes on until the trigger has finished', async () => {
    const { id, pipelineId } = await standing();
    const watching = cli(['show', id, '--watch', '--json']);
    await eventually(() => expect(world.waiters(id)).toBe(1));
    world.simulator.apply(pipelineId, 'cancel');
    const { code, stdout } = await watching;
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { state: string }).state);
    expect([code, states[0], states.at(-1)]).toEqual([0, 'pending', 'finished']);
  });
});

test('watch ID tells each event on a line, and ends with the outcome', async () => {
  const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(id);
  const lines = (await text(['watch', id])).trim().split('\n');
  expect(lines.at(-1)).toMatch(/^\d{4}-\S+ \S+ {2}outcome {2}success$/);
  expect(lines.some((line) => / job {2}unit {2}success$/.test(line))).toBe(true);
  const { stdout } = await cli(['watch', id, '--json']);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    type: 'outcome',
    outcome: 'success',
  });
});

test('list --watch prints the list again when it changes, until it is ended', async () => {
  const child = spawn(node, [pipelineTrigger, 'list', '--watch', '--json'], {
    cwd: repository,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { id } = await standing();
  for (let isShown = false; !isShown;) {
    const { value } = (await lines.next()) as { value: string };
    isShown = (JSON.parse(value) as { id: string }[]).some((item) => item.id === id);
  }
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
});

describe('what a person can have done', () => {
  test('cancel keeps the reason, or says who it was', async () => {
    const [one, other] = [await standing(), await standing()];
    expect(await text(['cancel', one.id, '--reason', 'wrong branch'])).toMatch(
      new RegExp(`^${one.id} {2}group/app main {2}pending, \\w+\\nthe pipeline is being canceled; .+\\n$`),
    );
    expect(await world.finished(one.id)).toMatchObject({ reason: 'canceled by admin: wrong branch' });
    expect(await audited(one.id)).toMatchObject([
      { action: 'trigger.cancel', actor: 'admin', details: { reason: 'wrong branch' } },
      { action: 'trigger.start' },
    ]);
    expect(await json(['cancel', other.id])).toMatchObject({ id: other.id });
    expect((await world.finished(other.id)).reason).toMatch(
      /^canceled by admin: by .+ on .+, with pipeline-trigger$/,
    );
  });

  test('resolve needs an outcome and a reason', async () => {
    const { id } = await standing();
    for (const args of [
      [],
      ['--as', 'success'],
      ['--reason', 'x'],
      ['--as', 'fine', '--reason', 'x'],
      ['--as', 'success', '--reason', ' '],
    ])
      expect((await cli(['resolve', id, ...args])).code).toBe(2);
    expect(await json(['resolve', id, '--as', 'success', '--reason', 'seen'])).toMatchObject({
      outcome: 'success',
      reason: 'seen',
    });
    expect(await audited(id)).toMatchObject([
      { action: 'trigger.resolve', details: { outcome: 'success', reason: 'seen' } },
      {},
    ]);
  });

  test('approve and reject decide about a job, list marks it, and exit 1 refuses', async () => {
    const key = { name: 'ann', role: 'approve', projects: null, days: null } as const;
    const { secret } = await world.service.keys.create(key, { id: 'operator@cli', from: 'test' });
    const as = { PIPELINE_TRIGGER_TOKEN: secret };
    const waiting = async () => {
      const manual = [{ job: 'deploy', action: 'approve' }];
      const { id } = await world.trigger({ project: 'group/manual', ref: 'main', manual });
      await eventually(async () =>
        expect((await cli(['list'], as)).stdout).toMatch(new RegExp(`${id.slice(0, 12)}.*to be approved`)),
      );
      return id;
    };
    const first = await waiting();
    expect(await cli(['approve', first])).toMatchObject({ code: 1 });
    expect((await cli(['approve', first, 'deploy', '--comment', 'tested'], as)).stdout).toContain('approved');
    expect(await world.finished(first)).toMatchObject({ outcome: 'success' });
    const second = await waiting();
    expect(await cli(['reject', second, '--comment', 'freeze'], as)).toMatchObject({ code: 0 });
    expect(await world.finished(second)).toMatchObject({ reason: 'deploy was rejected by ann: freeze' });
    expect(await cli(['approve', second], as)).toMatchObject({ code: 1 });
  });

  test('play plays what blocks, or what is named; retry runs again what failed', async () => {
    const made = await world.trigger({ project: 'group/manual', ref: 'main' });
    await world.finished(made.id);
    expect(await json(['play', made.id])).toMatchObject({ state: 'pending' });
    expect(await world.finished(made.id)).toMatchObject({
      outcome: 'success',
      playedJobs: [{ name: 'deploy' }],
    });
    await cli(['play', made.id, 'rollback']);
    await eventually(async () =>
      expect((await world.finished(made.id)).playedJobs.map(({ name }) => name)).toContain('rollback'),
    );
    const flaky = await world.trigger({ project: 'group/flaky', ref: 'main' });
    expect(await world.finished(flaky.id)).toMatchObject({ outcome: 'failed' });
    expect(await text(['retry', flaky.id])).toContain('pending');
    expect(await world.finished(flaky.id)).toMatchObject({ outcome: 'success' });
  });
});

describe('what a request did is said', () => {
  test('of cancel, when the trigger had ended', async () => {
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    await world.finished(id);
    expect(await text(['cancel', id, '--reason', 'x'])).toContain(
      'nothing was canceled: it had ended success',
    );
    expect(await text(['retry', id])).toContain('nothing was retried: it succeeded');
    expect(await text(['play', id])).toContain('nothing was played: no manual job blocks');
  });

  test('of play and of retry, with the names of the jobs', async () => {
    const { id } = await world.trigger({ project: 'group/manual', ref: 'main' });
    await world.finished(id);
    const { code, stdout, stderr } = await cli(['play', id, 'nope']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/nope; these wait to be played: .*deploy/);
    expect(await text(['play', id, 'deploy'])).toContain('played: deploy');
    await world.finished(id);
    expect(await text(['play', id, 'deploy'])).toContain('played before: deploy');
    const flaky = await world.trigger({ project: 'group/flaky', ref: 'main' });
    const { failedJobs } = await world.finished(flaky.id);
    const names = failedJobs.map(({ name }) => name).join(', ');
    expect(await text(['retry', flaky.id])).toContain(`being retried: ${names}; it is pending again`);
    await world.finished(flaky.id);
  });
});

test('reconcile shows the difference to GitLab, or takes it over: for one, or for all that wait', async () => {
  world.simulator.faults.hooks.push({ kind: 'drop' });
  onTestFinished(() => void world.simulator.faults.hooks.splice(0));
  const { id, pipelineId } = await standing();
  world.simulator.apply(pipelineId, 'drop', ['build']);
  expect(await text(['reconcile', id, '--dry-run'])).toMatch(
    new RegExp(`${id} +group/app +main +\\w+ +failed +pipeline ${pipelineId} is failed; job build is failed`),
  );
  expect(await json(['reconcile', id, '--dry-run'])).toMatchObject({
    id,
    gitlabStatus: 'failed',
    outcome: 'failed',
  });
  const all = (await json(['reconcile', '--dry-run'])) as { id: string }[];
  expect(all.map((each) => each.id)).toContain(id);
  expect((await world.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({ state: 'pending' });
  await text(['reconcile']);
  expect(await world.finished(id)).toMatchObject({ outcome: 'failed' });
});

test('deliveries are listed, those of nobody apart, and replayed', async () => {
  const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
  const { pipelineId } = await world.finished(id);
  const own = (
    (await json(['deliveries', '--limit', '1000'])) as { id: string; pipelineId: number }[]
  ).filter((delivery) => delivery.pipelineId === pipelineId);
  expect(own.length).toBeGreaterThan(0);
  const unmatched = (await json(['deliveries', '--unmatched', '--limit', '1000'])) as {
    pipelineId: number;
  }[];
  expect(unmatched.some((delivery) => delivery.pipelineId === pipelineId)).toBe(false);
  expect(await text(['deliveries'])).toMatch(
    /^ID +RECEIVED \(UTC\) +EVENT +PIPELINE +SAYS +RESULT +FROM\ndlv_/,
  );
  const which = own[0]?.id ?? '';
  expect(await text(['replay', which])).toMatch(
    new RegExp(`^replayed ${which}: (?:Pipeline|Job) Hook, \\w+\\n$`),
  );
  expect(await audited(which)).toMatchObject([{ action: 'delivery.replay' }]);
});

describe('what goes wrong is said on one line, with what to do', () => {
  const oneLine = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const { code, stdout, stderr } = await cli(args, more);
    expect([stdout, stderr.endsWith('\n'), stderr.trim().split('\n').length]).toEqual(['', true, 1]);
    return { code, line: stderr.trim() };
  };

  test.each([
    ['show', 'trg_nobody'],
    ['cancel', 'trg_nobody'],
    ['watch', 'trg_nobody'],
    ['reconcile', '../deliveries'],
    ['replay', 'dlv_nobody'],
  ])('%s of what is not there', async (...args) => {
    const { code, line } = await oneLine(args);
    expect([code, line]).toEqual([
      1,
      expect.stringMatching(/^pipeline-trigger: there is no such (trigger|delivery)$/),
    ]);
  });

  test('a wrong token, and one that may not', async () => {
    const { code, line } = await oneLine(['list'], { PIPELINE_TRIGGER_TOKEN: 'wrong' });
    expect([code, line]).toEqual([1, expect.stringContaining('set PIPELINE_TRIGGER_TOKEN to an API key')]);
    expect(line).not.toContain('wrong');
    const database = { DATABASE_URL: `file:${world.databaseFile}` };
    const { stdout } = await cli(['keys', 'create', '--name', 'r', '--role', 'read'], database);
    const reader = { PIPELINE_TRIGGER_TOKEN: stdout.trim() };
    const { id } = await standing();
    expect(await oneLine(['deliveries'], reader)).toMatchObject({ code: 1 });
    expect((await oneLine(['cancel', id], reader)).line).toMatch(
      /not allowed: .*PIPELINE_TRIGGER_TOKEN needs more/,
    );
  });

  test('nobody there, an address that is none, and somebody else', async () => {
    const port = await freePort();
    const away = await oneLine(['list'], { PIPELINE_TRIGGER_URL: `http://127.0.0.1:${port}` });
    expect(away.code).toBe(2);
    expect(away.line).toMatch(
      /no answer from the service at http:.*\(ECONNREFUSED\): is it running\? PIPELINE_TRIGGER_URL/,
    );
    for (const url of ['nowhere', 'ftp://x', 'http://user:secret@x'])
      expect(await oneLine(['list'], { PIPELINE_TRIGGER_URL: url })).toEqual({
        code: 2,
        line: 'pipeline-trigger: PIPELINE_TRIGGER_URL: expected an http or https URL without user',
      });
    const otherService = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<p>'),
    );
    otherService.listen(0, '127.0.0.1');
    await once(otherService, 'listening');
    onTestFinished(() => void otherService.close());
    const { port: strange } = otherService.address() as AddressInfo;
    expect(await oneLine(['list'], { PIPELINE_TRIGGER_URL: `http://127.0.0.1:${strange}` })).toMatchObject({
      code: 2,
      line: expect.stringContaining('it is not pipeline-trigger') as string,
    });
  });

  test('a wrong command line', async () => {
    for (const args of [
      ['lsit'],
      ['show'],
      ['list', '--limit', 'x'],
      ['list', '--state', 'gone'],
      ['cancel'],
    ])
      expect((await cli(args)).code).toBe(2);
  });
});
