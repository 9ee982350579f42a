import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { stopMs } from '../../src/composition/serve.ts';
import { repository, run } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { itsSecrets, readDeployed } from './settings.ts';

const unit = readFileSync(path.join(repository, 'deploy/pipeline-trigger.service'), 'utf8');
const valuesOf = (key: string): string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.skipIf(!hasSystemd)('systemd', () => {
  const directory = makeTemporaryDirectory();
  afterAll(directory.remove);
  const file = path.join(directory.path, 'pipeline-trigger.service');
  /** The same with a program that is there. */
  const place = (text: string): void =>
    writeFileSync(file, text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'));

  test('understands the unit', async () => {
    place(unit);
    expect(await run('systemd-analyze', ['verify', file])).toEqual({ code: 0, stdout: '', stderr: '' });
    place(unit.replace('LimitNOFILE', 'LimitNoFile'));
    expect((await run('systemd-analyze', ['verify', file])).stderr).toContain('LimitNoFile');
  });

  test('finds little that could be closed off', async () => {
    place(unit);
    // Exposure in tenths, of 100 at most.
    const args = ['security', '--offline=true', '--no-pager', '--threshold=20', file];
    const { code, stdout } = await run('systemd-analyze', args);
    expect(code, stdout).toBe(0);
  });
});

test('sets what the service reads, secrets as credentials', () => {
  const credentials = valuesOf('LoadCredential').map((value) => value.split(':')[0]);
  const given = valuesOf('Environment').map((pair) => pair.split(/=(.*)/s) as [string, string]);
  const env = Object.fromEntries(given.filter(([name]) => name !== 'NODE_ENV'));
  for (const [name, value] of Object.entries(env))
    if (name.endsWith('_FILE'))
      expect(credentials.map((credential) => `%d/${credential ?? ''}`)).toContain(value);
  const { config, unknown } = readDeployed(env);
  expect(unknown).toEqual([]);
  expect(config).toMatchObject({
    ...itsSecrets,
    databaseUrl: 'file:%S/pipeline-trigger/pipeline-trigger.db',
  });
  expect(valuesOf('StateDirectory')).toEqual(['pipeline-trigger']);
});

test('gives it the time that it takes to stop', () => {
  expect(Number(valuesOf('TimeoutStopSec')[0]) * 1000).toBeGreaterThan(stopMs);
});
