import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { node, repository, runCli } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { pipelineTrigger } from '../support/built.ts';

test('prints its address and how to use it, answers, and stops on SIGTERM', async () => {
  const child = spawn(node, [pipelineTrigger, 'simulator'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url, tokens, projects } = JSON.parse(line) as {
    url: string;
    tokens: { token: string }[];
    projects: { id: number; path: string; triggerTokens: string[] }[];
  };
  const green = projects.find(({ path: name }) => name === 'group/green');
  const answer = await fetch(`${url}/api/v4/projects/group%2Fgreen`, {
    headers: { 'private-token': tokens[0]?.token ?? '' },
  });
  expect(await answer.json()).toMatchObject({ id: green?.id, path_with_namespace: 'group/green' });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a scenario that is none is named with its mistakes', async () => {
  const directory = makeTemporaryDirectory();
  const file = path.join(directory.path, 'scenario.yml');
  writeFileSync(file, 'projects: [{ id: one, path: group/app }]\n');
  const { code, stderr, stdout } = await runCli(['simulator', '--scenario', file]);
  directory.remove();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/not a scenario/);
  expect(stderr).toMatch(/projects\[0\]\.id/);
});

test('a port that is none is a wrong command line', async () => {
  const { code, stderr } = await runCli(['simulator', '--port', '70000']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--port .*from 0 to 65535/);
});
