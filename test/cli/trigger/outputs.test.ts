import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TemporaryDirectory } from '../../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { idOf } from './support/scenario.ts';
import type { World } from './support/world.ts';
import { modes, startWorld } from './support/world.ts';

describe.each(modes)('%s', (mode) => {
  let world: World;
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = makeTemporaryDirectory();
    world = await startWorld(mode);
  });
  afterAll(async () => {
    await world.stop();
    directory.remove();
  });

  const below = (...names: readonly string[]): string => path.join(directory.path, ...names);

  test('--outputs adds them to --dotenv and --json', async () => {
    const args = ['--outputs', 'build', '--outputs', 'none*', '--dotenv', below('x.env'), '--json'];
    const { code, stdout, stderr } = await world.call([...args, idOf('group/handing-on')]);
    expect(readFileSync(below('x.env'), 'utf8')).toMatch(/STATUS=success\nVERSION=1\.2\.3\n$/);
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      outputs: { VERSION: '1.2.3' },
      outputsProblem: 'none*: there is no such job',
    });
    expect(stderr).toContain('outputs: none*: there is no such job');
    expect(code).toBe(0);
  });

  test('--artifact downloads an archive and one file', async () => {
    const args = ['--artifact', 'build', '--artifact', 'build:out/app.txt', '--artifact-dir', below('got')];
    const { code, stderr } = await world.call([...args, idOf('group/handing-on')]);
    expect(stderr).toContain('artifact build:out/app.txt: ');
    expect(readFileSync(below('got', 'build.zip'), 'latin1')).toMatch(/^PK/);
    expect(readFileSync(below('got', 'build', 'out', 'app.txt'), 'utf8')).toBe('app');
    expect(readdirSync(below('got')).toSorted()).toEqual(['build', 'build.zip']);
    expect(code).toBe(0);
  });

  test.each(['nobody', 'unit', 'build:none.txt', 'build:../x'])(
    '--artifact %s, which is not there, makes a success a failure',
    async (artifact) => {
      const args = ['--artifact', artifact, '--artifact-dir', below('none')];
      const { code, stderr } = await world.call([...args, idOf('group/handing-on')]);
      expect(stderr).toContain(`artifact ${artifact} is not there: `);
      expect(code).toBe(1);
    },
  );

  test('--artifact takes those of a failed pipeline, whose exit code stays', async () => {
    const args = ['--artifact', 'build:report.txt', '--artifact-dir', below('failed')];
    const { code } = await world.call([...args, idOf('group/failing-with-files')]);
    expect(readFileSync(below('failed', 'build', 'report.txt'), 'utf8')).toBe('why');
    expect(code).toBe(1);
  });
});

test.each([['-d'], ['--gate', 'wait'], ['--commit-status', 'app']])(
  '--artifact cannot be combined with %s, which does not wait for the end',
  async (...others) => {
    const { callTrigger } = await import('./support/call-trigger.ts');
    const { code, stderr } = await callTrigger([
      '-p',
      'x',
      '-t',
      'main',
      '--artifact',
      'build',
      ...others,
      '1',
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('argument --artifact: not allowed with')]);
  },
);
