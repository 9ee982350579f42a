import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { callCli } from '../../support/call-cli.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);

const claims = {
  project_id: '42',
  project_path: 'group/app',
  ref: 'main',
  ref_protected: 'true',
  pipeline_source: 'push',
  pipeline_id: '101',
  job_id: '5001',
};
const request = { project: 'group/deploy', ref: 'main' };
const policy =
  'rules: [{name: ships, from: {project_path: group/app}, to: {project: group/deploy, ref: main}}]';

interface Files {
  readonly policy?: string;
  readonly claims?: object;
  readonly request?: unknown;
}

let count = 0;
/** Runs `policy check` on files of their own. */
function check(given: Files = {}, flags: readonly string[] = []) {
  const files = {
    policy: given.policy ?? policy,
    claims: JSON.stringify(given.claims ?? claims),
    request: typeof given.request === 'string' ? given.request : JSON.stringify(given.request ?? request),
  };
  count += 1;
  const named = Object.entries(files).map(([name, content]) => {
    const file = path.join(directory.path, `${name}-${count}`);
    writeFileSync(file, content);
    return [name, file] as const;
  });
  const at = Object.fromEntries(named);
  const args = [
    'policy',
    'check',
    at['policy'] ?? '',
    '--as',
    at['claims'] ?? '',
    '--request',
    at['request'] ?? '',
  ];
  return callCli([...args, ...flags], { GITLAB_URL: 'https://gitlab.example.com' });
}

describe('policy check', () => {
  test('says by which rule a request is allowed', async () => {
    expect(await check()).toEqual({
      code: 0,
      stdout: 'allowed to project:42:protected by rule 1 (ships)\n',
      stderr: '',
    });
  });

  test('says what each rule has against it, but no values', async () => {
    const denied = { ...request, ref: 'next', variables: { A: 'canary' }, apiToken: 'canary' };
    const { code, stdout, stderr } = await check({ request: denied });
    expect(stdout).toBe(
      [
        'denied to project:42:protected',
        'rule 1 (ships)',
        '  to.ref: found next; allowed: main',
        '  to.variables: found A; allowed: none',
        '  to.apiToken: found an apiToken; allowed: none',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('pipeline-trigger: the policy denies it\n');
    expect(code).toBe(1);
  });

  test('says so where there are no rules, or another job is named', async () => {
    expect(await check({ policy: 'rules: []' })).toMatchObject({
      code: 1,
      stdout: 'denied to project:42:protected: there are no rules\n',
    });
    const upstream = { project: 'group/app', pipelineId: 1 };
    expect(await check({ request: { ...request, upstream } })).toMatchObject({
      code: 1,
      stdout: 'denied to project:42:protected\n  upstream: names another job than the claims\n',
    });
  });

  test('gives all of it as JSON', async () => {
    const { code, stdout } = await check({ request: { ...request, ref: 'next' } }, ['--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      isAllowed: false,
      caller: 'project:42:protected',
      rule: null,
      isForAnotherJob: false,
      verdicts: [
        {
          number: 1,
          name: 'ships',
          isAboutCaller: true,
          objections: [{ member: 'to.ref', found: 'next', allowed: 'main' }],
        },
      ],
    });
  });

  test.each<[string, Files, RegExp]>([
    ['a policy', { policy: 'rules: [{}]' }, /^pipeline-trigger: \S+policy-\d+: rule 1: from: .+\n$/],
    ['claims', { claims: { ...claims, job_id: 'x' } }, /^pipeline-trigger: \S+claims-\d+: job_id: .+\n$/],
    ['a request', { request: { ref: 'main' } }, /^pipeline-trigger: \S+request-\d+: project: .+\n$/],
    ['JSON', { request: '{"apiToken":"canary"' }, /^pipeline-trigger: \S+request-\d+: expected JSON\n$/],
  ])('ends with 2 for what is not %s', async (_what, files, expected) => {
    const { code, stdout, stderr } = await check(files);
    expect(stderr).toMatch(expected);
    expect(stderr).not.toContain('canary');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('ends with 2 for a file that is not there', async () => {
    const args = ['policy', 'check', '/nowhere.yml', '--as', '/nowhere', '--request', '/nowhere'];
    expect(await callCli(args, {})).toEqual({
      code: 2,
      stdout: '',
      stderr: 'pipeline-trigger: /nowhere.yml: expected a file that can be read (ENOENT)\n',
    });
  });
});
