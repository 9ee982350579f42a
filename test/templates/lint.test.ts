import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Finished } from '../support/run-command.ts';
import { node, repository, run } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { components } from './support/component.ts';

/** A project that includes a component, as gitlab-ci-local reads it: by GitLab's own schema of .gitlab-ci.yml. */
function lint(template: string, inputs: object): Promise<Finished> {
  const { path: project, remove } = makeTemporaryDirectory();
  afterAll(remove);
  mkdirSync(path.join(project, 'templates'));
  writeFileSync(path.join(project, 'templates/component.yml'), template);
  writeFileSync(
    path.join(project, '.gitlab-ci.yml'),
    stringify({ include: [{ local: 'templates/component.yml', inputs }] }),
  );
  for (const args of [
    ['init', '--quiet'],
    ['remote', 'add', 'origin', 'git@gitlab.example.com:group/upstream.git'],
    ['add', '.'],
    ['-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', 'Begin'],
  ])
    spawnSync('git', ['-C', project, ...args]);
  const linter = path.join(repository, 'node_modules/gitlab-ci-local/dist/index.js');
  return run(node, [linter, '--preview', '--cwd', path.relative(repository, project)], { HOME: project });
}

test('the component gate agrees with GitLab’s schema', async () => {
  const template = readFileSync(path.join(repository, 'templates/gate.yml'), 'utf8');
  const { code, stdout, stderr } = await lint(template, { stage: 'test', job: 'wait for app' });
  expect(stderr).toMatch(/json schema validated/);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(parse(stdout)).toMatchObject({
    'wait for app': { stage: 'test', rules: [{ when: 'delayed', start_in: '6 hours' }] },
  });
});

describe.for(components)('the component %s', (name) => {
  const template = readFileSync(path.join(repository, 'templates', `${name}.yml`), 'utf8');
  const inputs = {
    project: 'group/app',
    job: 'deploy app',
    stage: 'test',
    variables: ['VERSION=$CI_COMMIT_SHA'],
  };

  test('agrees with GitLab’s schema', async () => {
    const { code, stdout, stderr } = await lint(template, inputs);
    expect(stderr).toMatch(/json schema validated/);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(parse(stdout)).toMatchObject({
      'deploy app': {
        stage: 'test',
        rules: [{ when: 'on_success' }],
        id_tokens: { PIPELINE_TRIGGER_ID_TOKEN: { aud: '$PIPELINE_TRIGGER_URL' } },
        variables: { DOWNSTREAM_PROJECT: 'group/app', DOWNSTREAM_REF: 'main' },
      },
    });
  });

  test.for([
    ['a value of another kind', '  id_tokens:', '  retry: often\n  id_tokens:', /retry.*must be integer/],
    ['a job that does nothing', '  script:', '  scripts:', /must have script/],
    ['an input of no type', 'type: array', 'type: list', /unknown value: list/],
  ] as const)('would not with %s', async ([, from, to, complaint]) => {
    const { code, stderr } = await lint(template.replace(from, to), inputs);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(complaint) as string });
  });
});
