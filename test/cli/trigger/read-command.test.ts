import { describe, expect, test } from 'vitest';
import type { Command, TriggerEnvironment } from '../../../src/cli/trigger/command.ts';
import { isProjectId, secretsOf } from '../../../src/cli/trigger/command.ts';
import { UsageError } from '../../../src/cli/trigger/parse-arguments.ts';
import { readCommand } from '../../../src/cli/trigger/read-command.ts';

const usual = ['-a', 'atok', '-p', 'ptok', '-t', 'main', '1'];

function commandOf(args: readonly string[], env: TriggerEnvironment = {}): Command {
  const command = readCommand(args, env);
  if (command === 'help') throw new Error('that was --help');
  return command;
}

test.each([
  ['42', true],
  ['-42', true],
  ['something', false],
  ['group/app', false],
  ['', false],
])('%j is a numeric id: %s', (project, expected) => {
  expect(isProjectId(project)).toBe(expected);
});

test('the defaults of the Python command', () => {
  expect(commandOf(['-p', 'ptok', '-t', 'ref', '1'])).toMatchObject({
    apiToken: null,
    pid: null,
    retry: false,
    onManual: 'fail',
    jobs: null,
    sleepSeconds: 5,
    gitlab: { host: 'https://gitlab.com', isGiven: false, urlPath: '/api/v4/projects', verifyTls: true },
    service: null,
    timeoutSeconds: null,
  });
});

test('variables are split at the first =, the last one of a name counts', () => {
  const { variables } = commandOf([
    ...usual,
    '-e',
    'foo-1=bar2',
    '-e',
    'foo2=bar3=',
    '-e',
    'a=',
    '-e',
    'foo-1=x\ny & "z"',
  ]);
  expect(variables).toEqual({ 'foo-1': 'x\ny & "z"', foo2: 'bar3=', a: '' });
});

test.each([
  [['--pid', '123'], { retry: false, pid: 123 }],
  [['-r', '--pid', '123'], { retry: true, pid: 123 }],
  [['--verifyssl', 'false'], { gitlab: { verifyTls: false } }],
  [['-h', 'gitlab.example.com'], { gitlab: { host: 'https://gitlab.example.com', isGiven: true } }],
  [['-h', 'http://gitlab.example.com/'], { gitlab: { host: 'http://gitlab.example.com' } }],
  [['--jobs', 'b,a,b,, c'], { jobs: ['b', 'a', ' c'] }],
  [['--jobs', ''], { jobs: null }],
  [['--jobs', 'd: [a, b],d: [c, b],d: [a, b]'], { jobs: ['d: [a, b]', 'd: [c, b]'] }],
  [['-u', 'api/v4/projects'], { gitlab: { urlPath: '/api/v4/projects' } }],
  [['-u', '/api/v4/projects/'], { gitlab: { urlPath: '/api/v4/projects' } }],
  [['-u', '//gitlab/api/v4/projects'], { gitlab: { urlPath: '/gitlab/api/v4/projects' } }],
  [['-a', ' atok\n', '-p', '\ufeffptok'], { apiToken: 'atok', pipelineToken: 'ptok' }],
])('%j', (args, expected) => {
  expect(commandOf([...usual, ...args])).toMatchObject(expected);
});

describe('tokens in the environment', () => {
  test('stand in for the flags, which go before them', () => {
    const env = { TRIGGER_API_TOKEN: 'a-env', TRIGGER_PIPELINE_TOKEN: 'p-env' };
    expect(commandOf(['-t', 'main', '1'], env)).toMatchObject({ apiToken: 'a-env', pipelineToken: 'p-env' });
    expect(commandOf(usual, env)).toMatchObject({ apiToken: 'atok', pipelineToken: 'ptok' });
  });

  test.each<readonly [name: string, args: readonly string[], env: TriggerEnvironment]>([
    ['argument -a/--api-token', ['-a', 'canary\u200b', '-p', 'p'], {}],
    ['argument -p/--pipeline-token', ['-p', 'can\nary'], {}],
    ['TRIGGER_API_TOKEN', ['-p', 'p'], { TRIGGER_API_TOKEN: 'can ary' }],
    ['TRIGGER_PIPELINE_TOKEN', [], { TRIGGER_PIPELINE_TOKEN: '\ufffd\ufffdcanary' }],
    ['PIPELINE_TRIGGER_TOKEN', ['--server', 'http://x'], { PIPELINE_TRIGGER_TOKEN: 'canary\u200b' }],
    ['PIPELINE_TRIGGER_ID_TOKEN', ['--server', 'http://x'], { PIPELINE_TRIGGER_ID_TOKEN: 'c\ranary' }],
  ])('%s that no header carries is refused by its name', (name, args, env) => {
    const read = () => commandOf([...args, '-t', 'main', '1'], env);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(
      new RegExp(`^${name}: expected ASCII characters without blanks: an HTTP header carries no others$`),
    );
  });

  test('an empty flag is as good as none', () => {
    expect(commandOf(['-a', '', '-p', 'ptok', '-t', 'main', '1']).apiToken).toBeNull();
    expect(() => commandOf(['-p', '', '-t', 'main', '1'])).toThrow('pipeline token must be set');
  });
});

describe('a service', () => {
  const url = 'https://trigger.example.com';

  test('is named by --server or the environment; tokens of GitLab are optional then', () => {
    const env = { PIPELINE_TRIGGER_URL: 'https://other.example.com/', PIPELINE_TRIGGER_ID_TOKEN: 'jwt' };
    expect(commandOf(['-t', 'main', 'group/app'], env)).toMatchObject({
      service: {
        url: 'https://other.example.com',
        token: 'jwt',
        timeoutSeconds: 900,
        firstAnswerSeconds: 50,
      },
      pipelineToken: null,
    });
    expect(commandOf(['--server', url, '-t', 'main', '1'], env).service?.url).toBe(url);
    const both = { ...env, PIPELINE_TRIGGER_TOKEN: 'key' };
    expect(commandOf(['-t', 'main', '1'], both).service?.token).toBe('key');
  });

  test('an unset CI variable means none', () => {
    expect(commandOf([...usual, '--server', ''], { PIPELINE_TRIGGER_URL: '' }).service).toBeNull();
  });

  test('--server-timeout counts from the start, too', () => {
    const { service } = commandOf(['--server', url, '--server-timeout', '300', '-t', 'main', '1']);
    expect(service).toMatchObject({ timeoutSeconds: 300, firstAnswerSeconds: 300 });
  });

  test('an address that is none is refused', () => {
    expect(() => commandOf(usual, { PIPELINE_TRIGGER_URL: 'trigger' })).toThrow(
      'PIPELINE_TRIGGER_URL: expected an http or https URL',
    );
  });
});

describe('what the Python command asserts', () => {
  test.each([
    [['-s', '0'], 'sleep parameter must be > 0'],
    [['-s', '-5'], 'sleep parameter must be > 0'],
    [['-t', ''], 'must provide target ref'],
    [['-h', ''], 'host must be set'],
    [['-u', ''], 'url path must be set'],
    [['--pid', '0'], 'pipeline id must be > 0'],
    [['-e', 'foo'], 'expected NAME=VALUE'],
  ])('%j', (args, complaint) => {
    expect(() => commandOf([...usual, ...args])).toThrow(complaint);
  });

  test.each([
    [['group/app'], 'finding project id by name requires an api token'],
    [['-r', '1'], 'retry checks require an api token'],
    [['--pid', '7', '1'], 'retry checks require an api token'],
    [[''], 'project id must be set'],
  ])('without an api token: %j', (args, complaint) => {
    expect(() => commandOf(['-p', 'ptok', '-t', 'main', ...args])).toThrow(complaint);
  });
});

test('knows its secrets', () => {
  const env = { PIPELINE_TRIGGER_TOKEN: 'key' };
  const args = [...usual, '--server', 'https://trigger.example.com', '-h', 'http://u:w%40rd@host'];
  const command = commandOf(args, env);
  expect(secretsOf(command)).toEqual(['atok', 'ptok', 'key', 'w@rd']);
});

describe('rules for manual jobs', () => {
  const least = ['-p', 'token', '-t', 'main', '7'];

  test('come from a file', () => {
    expect(readCommand(['--manual', 'rules.yml', ...least], {})).toMatchObject({
      manualFile: 'rules.yml',
      onManual: 'fail',
      jobs: null,
    });
    expect(readCommand(least, {})).toMatchObject({ manualFile: null });
  });

  test.each([
    ['--on-manual', 'play'],
    ['--on-manual', 'fail'],
    ['--jobs', 'deploy'],
  ])('do not go together with %s %s', (option, value) => {
    expect(() => readCommand(['--manual', 'rules.yml', option, value, ...least], {})).toThrow(
      `argument --manual: not allowed with argument ${option}`,
    );
  });
});
