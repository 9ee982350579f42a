import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addition, toggle } from '../../../src/cli/trigger/flag.ts';
import { flags } from '../../../src/cli/trigger/flags.ts';
import { parseArguments, UsageError } from '../../../src/cli/trigger/parse-arguments.ts';
import type { AnyFlag } from '../../../src/cli/trigger/read-option.ts';
import { readWord } from '../../../src/cli/trigger/read-option.ts';

interface Cases {
  readonly parsed: readonly {
    readonly args: readonly string[];
    readonly given: Readonly<Record<string, unknown>>;
  }[];
  readonly refused: readonly { readonly args: readonly string[]; readonly error: string }[];
  readonly help: readonly { readonly args: readonly string[] }[];
}

/** What Python's argparse (CPython 3.11) answered for the ancestor's table of options, drawn from 60,000 random lines. */
const cases = JSON.parse(readFileSync(new URL('argparse-cases.json', import.meta.url), 'utf8')) as Cases;

const parse = (args: readonly string[]) =>
  parseArguments(args, flags, { positional: 'project_id', stopAt: 'help' });

/** `pipeline_token` as `pipelineToken`. */
const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** Everything that is not as it is by default, named as argparse does. */
function givenIn(args: readonly string[]): Readonly<Record<string, unknown>> {
  const { values, positional } = parse(args);
  return { ...values, projectId: positional };
}

function errorOf(args: readonly string[]): string {
  try {
    const { missing, extras } = parse(args);
    if (missing.length > 0) return `the following arguments are required: ${missing.join(', ')}`;
    return extras.length > 0 ? `unrecognized arguments: ${extras.join(' ')}` : '';
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

describe('as argparse', () => {
  test.each(cases.parsed)('reads $args', ({ args, given }) => {
    const expected = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [camelCase(name), value]),
    );
    expect(errorOf(args)).toBe('');
    expect(givenIn(args)).toMatchObject(expected);
  });

  test.each(cases.refused)('refuses $args', ({ args, error }) => {
    expect(errorOf(args)).toBe(error);
  });

  test.each(cases.help)('stops at --help in $args', ({ args }) => {
    expect(parse(args).values.help).toBe(true);
  });
});

describe('what we added changes nothing', () => {
  test.each([
    [['--t', 'main'], { targetRef: 'main' }],
    [['--s', '3'], { sleep: 3 }],
    [['--d'], { detached: true }],
    [['--det'], { detached: true }],
    [['--j', 'a'], { jobs: 'a' }],
    [['--ve', 'x'], null],
    [['--a', 'tok'], { apiToken: 'tok' }],
    [['--e', 'A=1'], { env: ['A=1'] }],
    [['--r'], { retry: true }],
  ])('%j', (args, given) => {
    if (given === null) expect(() => parse(args)).toThrow('could match --verifyssl, --verbose');
    else expect(parse(args).values).toEqual(given);
  });

  test.each([
    [['--ti', '3'], { timeout: 3 }],
    [['--js'], { json: true }],
    [['--do', 'file'], { dotenv: 'file' }],
    [['--detai'], { detailedExitcode: true }],
    [['--ca'], { cancelOnInterrupt: true }],
    [['--server', 'http://host'], { server: 'http://host' }],
    [['--server-t=7'], { serverTimeout: 7 }],
    [['--i', 'a=b', '--input=c=3'], { input: [['a', 'b'], ['c', 3]] }], // prettier-ignore
  ])('and has its own prefixes: %j', (args, given) => {
    expect(parse(args).values).toEqual(given);
  });

  test('whatever is added, a prefix that meant a flag of the Python command still means it', () => {
    const inherited = Object.fromEntries(
      Object.entries<AnyFlag>(flags).filter(([, flag]) => !flag.isAddition),
    );
    const options = Object.values(inherited).flatMap((flag) => flag.options);
    const prefixes = options.flatMap((option) =>
      Array.from({ length: option.length - 2 }, (_, length) => option.slice(0, length + 3)),
    );
    const added = fc.oneof(
      fc.constantFrom(...prefixes.filter((prefix) => !options.includes(prefix))),
      fc.stringMatching(/^--[a-z-]{1,12}$/).filter((name) => !options.includes(name)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), fc.array(added, { maxLength: 5 }), (prefix, names) => {
        const additions = names.map((name) => addition(toggle([name])));
        const before = Object.values(inherited);
        expect(readWord(prefix, [...additions, ...before])).toEqual(readWord(prefix, before));
        expect(readWord(`${prefix}=x`, [...before, ...additions])).toEqual(readWord(`${prefix}=x`, before));
      }),
      { numRuns: 1_000 },
    );
  });

  test('two of ours are ambiguous', () => {
    expect(() => parse(['--se', 'x'])).toThrow(
      'ambiguous option: --se could match --server, --server-timeout',
    );
  });
});
