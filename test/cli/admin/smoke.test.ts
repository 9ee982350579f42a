import { expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/admin/program.ts';
import { runCli } from '../../support/run-command.ts';

const program = createProgram('0.0.0', {
  env: {},
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  ask: null,
  parts: {} as never,
});
const names = program.commands.map((command) => command.name());

test('the commands are those of the contract', () => {
  expect(names).toEqual(
    expect.arrayContaining(['serve', 'demo', 'simulator', 'list', 'show', 'watch', 'keys', 'doctor']),
  );
});

test.each(names)('%s: the installed command shows its help', async (name) => {
  const { code, stdout, stderr } = await runCli([name, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`pipeline-trigger ${name}`);
});

test('an unknown command is a usage error of the process', async () => {
  const { code, stdout, stderr } = await runCli(['lst']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain("unknown command 'lst'");
});
