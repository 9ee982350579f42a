import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { adminToken } from '../../support/start-service.ts';
import { apiToken, idOf, triggerToken } from './support/scenario.ts';
import type { World } from './support/world.ts';
import { modes, startWorld } from './support/world.ts';

/** In every secret that the command line or the environment brings. */
const variable = 'canary-in-a-variable';
const secrets = [apiToken, triggerToken, adminToken, variable];

describe.each(modes)('%s: no secret leaves', (mode) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(mode);
  });
  afterAll(() => world.stop());

  const given = ['-e', `PASSWORD=${variable}`, '--verbose', '--json', '-o', '--server-timeout', '2'];

  test.concurrent.for<readonly [what: string, args: readonly string[]]>([
    ['success', ['group/green']],
    ['failure', [idOf('group/failing')]],
    ['retry', ['-r', idOf('group/failing')]],
    ['refusal', ['-t', 'nope', idOf('group/green')]],
    ['no GitLab', ['-h', 'http://user:canary-in-a-url@127.0.0.1:1', idOf('group/green')]],
  ])('%s', async ([_what, args]) => {
    const { stdout, stderr } = await world.call([...given, ...args]);
    for (const secret of [...secrets, 'canary-in-a-url']) expect(stdout + stderr).not.toContain(secret);
  });

  const canLookIntoProcesses = existsSync('/proc/self/cmdline');

  test.runIf(canLookIntoProcesses)('the title of the process shows no arguments', async () => {
    const running = world.start([...given, idOf('group/by-hand')]);
    await eventually(() => expect(running.stdout()).toContain('Waiting for pipeline'));
    const title = readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').replaceAll('\0', '');
    expect(title).toBe('trigger');
    running.kill('SIGKILL');
    await running.ended;
  });
});

test('a log that quotes a token is shown without it', async () => {
  const { createScreen } = await import('../../../src/cli/trigger/screen.ts');
  let text = '';
  const output = { write: (part: string) => void (text += part) };
  const screen = createScreen({ stdout: output, stderr: output, env: {}, secrets: ['glpat-secret', 'main'] });
  screen.print('token glpat-secret of main\n');
  screen.note('glpat-secret');
  screen.report('glpat-secret\n');
  expect(text).toBe('token [redacted] of main\ntrigger: [redacted]\n[redacted]\n');
});
