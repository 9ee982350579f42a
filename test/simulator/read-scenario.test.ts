import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readScenario } from '../../simulator/read-scenario.ts';

async function fileWith(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'scenario-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

test.each([
  ['scenario.yml', 'projects:\n  - {id: 1, path: group/app, ci: {a: {script: x}}}\n'],
  ['scenario.json', '{"projects":[{"id":1,"path":"group/app","ci":{"a":{"script":"x"}}}]}'],
])('reads %s and fills in the defaults', async (name, text) => {
  const scenario = await readScenario(await fileWith(name, text));
  expect(scenario).toMatchObject({
    configErrorAnswers: '422',
    projects: [{ path: 'group/app', defaultBranch: 'main', autoRun: true }],
  });
});

test('refuses what it does not know', async () => {
  const path = await fileWith('s.yml', 'projects:\n  - {id: 1, path: group/app, color: red}\n');
  await expect(readScenario(path)).rejects.toThrow(/color/);
});
