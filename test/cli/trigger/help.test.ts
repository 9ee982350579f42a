import { expect, test } from 'vitest';
import { flags, positional } from '../../../src/cli/trigger/flags.ts';
import { help } from '../../../src/cli/trigger/help.ts';
import { usage } from '../../../src/cli/trigger/usage.ts';

const all = Object.values(flags);

test('the usage breaks its lines as argparse does', () => {
  const inherited = all.filter(({ isAddition }) => !isAddition);
  // Printed by CPython 3.11 for the ancestor's table of options at COLUMNS=80.
  expect(usage({ program: 'trigger', flags: inherited, positional })).toBe(
    `usage: trigger [-a API_TOKEN] [-d] [-e ENV] [-h HOST] [--help] [--jobs JOBS]
               [-o] [--on-manual {fail,pass,play}] -p PIPELINE_TOKEN
               [--pid PID] [-r] [-s SLEEP] -t TARGET_REF [-u URL_PATH]
               [-v VERIFYSSL] [--verbose]
               project_id
`,
  );
});

test('a short usage is one line', () => {
  const shape = { program: 'trigger', flags: [flags.detached, flags.targetRef], positional };
  expect(usage(shape)).toBe('usage: trigger [-d] -t TARGET_REF project_id\n');
});

test('the help explains every option, in no more than 80 columns', () => {
  const text = help({ program: 'trigger', flags: all, positional }, 'What it is.', 'The end.\n');
  for (const { options } of all) expect(text).toContain(`  ${options[0]}`);
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(80);
  expect(text).toMatch(/\n {2}-d, --detached {8}trigger the pipeline/);
  expect(text).toMatch(/\n {2}-p PIPELINE_TOKEN, --pipeline-token PIPELINE_TOKEN\n {24}pipeline token\n/);
});
