import type { ChosenTest } from './test-map.ts';
import type { Tester } from './tester.ts';

export type MutantVerdict = 'killed' | 'timed out' | 'survived';
export type Trial = {
  readonly verdict: MutantVerdict;
  /** The test file that noticed. */
  readonly by?: string;
  readonly failure?: string;
  /** How many test files ran, of how many that call the changed code. */
  readonly ran: number;
  readonly of: number;
};

type Options = {
  readonly file: string;
  readonly text: string;
  readonly mutated: string;
  readonly tests: readonly ChosenTest[];
  /** Of all test files together. What is not noticed by then has survived. */
  readonly limitMs: number;
};

/** Tests that take longer start processes or wait: their failure is believed only when they pass without the mutant. */
const quickMs = 1_500;

/** Puts one mutant into the checkout, runs tests until one notices, and takes the mutant out again. */
export async function tryMutant(tester: Tester, options: Options): Promise<Trial> {
  const { file, text, mutated, tests, limitMs } = options;
  let [ran, spentMs] = [0, 0];
  await tester.write(file, mutated);
  try {
    for (const { test, ms } of tests) {
      if (spentMs > limitMs) break;
      const run = await tester.run(test, hangs(ms));
      ran += 1;
      spentMs += run.ms;
      if (run.result === 'passed') continue;
      const isSure = run.result === 'failed' && ms < quickMs;
      if (isSure || (await passesWithout(tester, options, test, ms))) {
        const verdict = run.result === 'failed' ? 'killed' : run.result;
        return { verdict, by: test, failure: run.failure, ran, of: tests.length };
      }
      await tester.write(file, mutated);
    }
    return { verdict: 'survived', ran, of: tests.length };
  } finally {
    await tester.write(file, text);
  }
}

/** A machine that is busy is a few times slower. */
const hangs = (ms: number): number => 8_000 + 4 * ms;

async function passesWithout(
  tester: Tester,
  { file, text }: Options,
  test: string,
  ms: number,
): Promise<boolean> {
  await tester.write(file, text);
  return (await tester.run(test, hangs(ms))).result === 'passed';
}
