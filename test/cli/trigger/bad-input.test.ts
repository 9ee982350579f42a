import { afterAll, beforeAll, describe, test } from 'vitest';
import { idOf, triggerToken } from './support/scenario.ts';
import { runTrigger } from './support/start-trigger.ts';
import type { World } from './support/world.ts';
import { modes, startWorld } from './support/world.ts';

const usual = ['-p', 'ptok', '-t', 'main', '1'];

describe('a command line that argparse refuses: usage, exit 2', () => {
  test.concurrent.for<readonly [args: readonly string[], error: string]>([
    [[], 'the following arguments are required: -p/--pipeline-token, -t/--target-ref, project_id'],
    [
      ['-a', 'foo', '-e', 'foo1=bar2', 'foo2=bar3', 'dangling'],
      'the following arguments are required: -p/--pipeline-token, -t/--target-ref',
    ],
    [[...usual, '--unknown'], 'unrecognized arguments: --unknown'],
    [[...usual, 'one', 'two'], 'unrecognized arguments: one two'],
    [[...usual, '-e'], 'argument -e/--env: expected one argument'],
    [[...usual, '-v', 'maybe'], 'argument -v/--verifyssl: Boolean value expected.'],
    [[...usual, '-s', 'soon'], "argument -s/--sleep: invalid int value: 'soon'"],
    [
      [...usual, '--on-manual', 'wait'],
      "argument --on-manual: invalid choice: 'wait' (choose from 'fail', 'pass', 'play')",
    ],
    [[...usual, '--ver'], 'ambiguous option: --ver could match --verifyssl, --verbose'],
    [[...usual, '--timeout', '0'], 'argument --timeout: expected seconds from 1 to 31536000'],
    [[...usual, '--input', 'x'], 'argument --input: expected NAME=VALUE'],
    [
      [...usual, '--server', 'http://user:secret-word@127.0.0.1:1'],
      'argument --server: expected an http or https URL without user and password',
    ],
    [[...usual, '--server', 'ftp://x'], 'argument --server: expected an http or https URL'],
    [[...usual, '--dotenv', '/nowhere/file'], "argument --dotenv: can't open '/nowhere/file': ENOENT"],
  ])('%j', async ([args, error], { expect }) => {
    const { code, stdout, stderr } = await runTrigger(args);
    expect(stderr).toMatch(/^usage: trigger \[-a API_TOKEN\] \[-d\]/);
    expect(stderr.split('\n').at(-2)).toBe(`trigger: error: ${error}`);
    expect([code, stdout]).toEqual([2, '']);
  });
});

test('--help is the help, whatever else is missing', async ({ expect }) => {
  const { code, stdout, stderr } = await runTrigger(['--help']);
  expect(stdout).toContain('  --timeout SECONDS');
  expect([code, stderr]).toEqual([0, '']);
});

describe.each(modes)('%s: what goes wrong is one line on stderr, exit 1', (mode) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(mode);
  });
  afterAll(() => world.stop());

  const green = idOf('group/green');
  const triggered = (ref: string, project: string): string =>
    `Triggering pipeline for ref '${ref}' for project id ${project}\n`;

  test.concurrent.for<readonly [what: string, args: readonly string[], line: RegExp, stdout: string]>([
    ['-s 0', ['-s', '0', green], /^sleep parameter must be > 0$/, ''],
    [
      '-e without =',
      ['-e', 'secret-value', green],
      /^argument -e\/--env: expected NAME=VALUE, there is no "="$/,
      '',
    ],
    ['an unknown ref', ['-t', 'nope', green], /^Reference not found/, triggered('nope', green)],
    ['a wrong pipeline token', ['-p', 'glptt-wrong', green], /^404 Not Found/, triggered('main', green)],
    ['an unknown project', ['999'], /^404/, triggered('main', '999')],
    [
      'a broken configuration',
      [idOf('group/broken')],
      /^deploy job: chosen stage nowhere does not exist/,
      triggered('main', idOf('group/broken')),
    ],
    [
      'nothing to retry',
      ['-r', '-t', 'feature/slash', idOf('group/green')],
      /^expected to find at least one pipeline for ref feature\/slash$/,
      `Looking for pipeline 'feature/slash' for project id ${green} ...\n`,
    ],
  ])('%s', async ([_what, args, line, expected], { expect }) => {
    const { code, stdout, stderr } = await world.call(args);
    expect(stderr).toMatch(/^trigger: error: [^\n]+\n$/);
    expect(stderr.trimEnd().replace('trigger: error: ', '')).toMatch(line);
    expect([code, stdout]).toEqual([1, expected]);
    expect(stderr).not.toContain('secret-value');
  });

  test.concurrent('an unknown project by path', async ({ expect }) => {
    const { code, stderr } = await world.call(['group/nowhere']);
    expect(stderr).toMatch(/^trigger: error: [^\n]*404 (?:Project )?Not Found[^\n]*\n$/);
    expect(code).toBe(1);
  });

  test.concurrent('a host that does not resolve', async ({ expect }) => {
    const { code, stderr } = await world.run(['-h', 'gitlab.invalid', green]);
    const line =
      mode === 'standalone'
        ? /https:\/\/gitlab\.invalid: .*\(ENOTFOUND\)/
        : /gitlabUrl: this GitLab is neither/;
    expect(stderr).toMatch(/^trigger: error: [^\n]+\n$/);
    expect(stderr).toMatch(line);
    expect(code).toBe(1);
  });
});

describe('standalone: what the Python command only noticed when it waited', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld('standalone');
  });
  afterAll(() => world.stop());

  const project = idOf('group/by-hand');
  const lines = /^Triggering pipeline .*\nPipeline created \(id: \d+\)\n/;

  test.concurrent('no api token', async ({ expect }) => {
    const args = ['-h', world.simulator.url, '-t', 'main', '-p', triggerToken, project];
    const { code, stdout, stderr } = await runTrigger(args);
    expect(stderr).toBe(
      'trigger: error: pipeline status checks require an api token (-a parameter missing)\n',
    );
    expect([code, stdout]).toEqual([1, expect.stringMatching(lines)]);
  });

  test.concurrent.for([[], ['--on-manual', 'play'], ['-d', '--on-manual', 'play']])(
    'a wrong api token: the first look ends it, exit 1: %j',
    async (args, { expect }) => {
      const { code, stdout, stderr } = await world.run(['-a', 'glpat-wrong', ...args, project]);
      expect(stderr).toBe(
        'trigger: error: GitLab does not show the pipeline: 401 Unauthorized (the token is wrong or has expired)\n',
      );
      expect([code, stdout]).toEqual([1, expect.stringMatching(lines)]);
      expect(stdout).not.toContain('Polling for status failed');
    },
  );

  test.concurrent('an api token that no header carries: nothing is asked', async ({ expect }) => {
    const { code, stdout, stderr } = await world.run(['-a', 'glpat-zero-width\u200b', project]);
    expect(stderr).toMatch(/\ntrigger: error: argument -a\/--api-token: expected ASCII characters [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('glpat-zero-width');
  });

  test.concurrent('retry without an api token', async ({ expect }) => {
    const args = ['-h', world.simulator.url, '-t', 'main', '-p', triggerToken, '-r', project];
    const { code, stdout, stderr } = await runTrigger(args);
    expect(stderr).toBe('trigger: error: retry checks require an api token (-a parameter missing)\n');
    expect([code, stdout]).toEqual([1, '']);
  });

  test.concurrent('a web page instead of the API', async ({ expect }) => {
    world.simulator.faults.api.push({ kind: 'html', match: { project: 'group/green' } });
    const before = world.simulator.pipelines('group/green').length;
    const { code, stderr } = await world.run([idOf('group/green')]);
    expect(stderr).toMatch(/^trigger: error: [^\n]*a web page came instead of an answer of the API[^\n]*\n$/);
    expect(code).toBe(1);
    expect(world.simulator.pipelines('group/green')).toHaveLength(before);
  });
});

describe('service', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld('service');
  });
  afterAll(() => world.stop());

  test.concurrent('a wrong service token', async ({ expect }) => {
    const { code, stderr } = await world.call([idOf('group/green')], { PIPELINE_TRIGGER_TOKEN: 'wrong' });
    expect(stderr).toMatch(
      /^trigger: error: the service at \S+ refuses: the bearer token is not valid: unknown, expired or revoked\n$/,
    );
    expect(code).toBe(1);
  });

  test.concurrent('something else at the address of the service', async ({ expect }) => {
    const { simulator } = world;
    const { code, stderr } = await world.run([idOf('group/green')], { PIPELINE_TRIGGER_URL: simulator.url });
    expect(stderr).toMatch(/^trigger: error: what is at \S+ answers 404: it is not pipeline-trigger\n$/);
    expect(code).toBe(1);
  });

  test.concurrent('tokens of GitLab are optional', async ({ expect }) => {
    const { code } = await runTrigger(['-t', 'main', idOf('group/green')], world.env);
    expect(code).toBe(0);
  });
});
