import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import type { TemporaryDirectory } from '../../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { idOf } from './support/scenario.ts';
import type { World } from './support/world.ts';
import { modes, startWorld } from './support/world.ts';

vi.setConfig({ maxConcurrency: 24, testTimeout: 120_000 });

const playsManual2 = `- {job: manual2, action: play}
- {job: "*", action: fail}
`;

describe.each(modes)('%s: --manual', (mode) => {
  let world: World;
  let directory: TemporaryDirectory;
  let number = 0;
  const fileOf = (text: string): string => {
    const file = path.join(directory.path, `rules-${(number += 1)}.yml`);
    writeFileSync(file, text);
    return file;
  };
  beforeAll(async () => {
    directory = makeTemporaryDirectory();
    world = await startWorld(mode);
  });
  afterAll(async () => {
    await world.stop();
    directory.remove();
  });

  test.concurrent('plays what the rules play, and ends as they say', async ({ expect }) => {
    const { code, stdout } = await world.call(['--manual', fileOf(playsManual2), idOf('group/two-manual')]);
    expect(code).toBe(1);
    expect(stdout.match(/Playing manual job.*/g)).toEqual([
      'Playing manual job "manual2" from stage "stage1"...',
    ]);
  });

  test.concurrent('may name its list, and plays everything that blocks', async ({ expect }) => {
    const rules = 'manual:\n  - job: "manual*"\n    action: play\n';
    const { code, stdout } = await world.call(['--manual', fileOf(rules), idOf('group/two-manual')]);
    expect(code).toBe(0);
    expect(stdout.match(/Playing manual job/g)).toHaveLength(2);
  });

  test.concurrent('passes where a rule passes', async ({ expect }) => {
    const { code } = await world.call(['--manual', fileOf('- action: pass\n'), idOf('group/one-manual')]);
    expect(code).toBe(0);
  });

  test.concurrent.for<[what: string, text: string, complaint: RegExp]>([
    ['no list', 'play', /: expected a list$/],
    ['nothing', '', /: expected a list$/],
    ['an empty list', '[]', /: expected at least 1 of them$/],
    ['no YAML', '- {job: [', /: /],
    ['a member that there is none of', '- {action: play, colour: red}', /colour/],
    ['an action that there is none of', '- {action: ask}', /0\.action/],
    ['a long name', `- {job: ${'x'.repeat(256)}, action: play}`, /0\.job/],
  ])('is refused before anything is triggered: %s', async ([, text, complaint], { expect }) => {
    const file = fileOf(text);
    const { code, stdout, stderr } = await world.call(['--manual', file, idOf('group/green')]);
    expect([code, stdout]).toEqual([2, '']);
    const line = stderr.trimEnd().split('\n').at(-1);
    expect(line?.startsWith(`trigger: error: argument --manual: ${file}: `)).toBe(true);
    expect(line).toMatch(complaint);
  });

  test.concurrent('is refused where there is no such file', async ({ expect }) => {
    const { code, stderr } = await world.call(['--manual', '/nowhere/rules.yml', idOf('group/green')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/argument --manual: \/nowhere\/rules\.yml: ENOENT/);
  });
});
