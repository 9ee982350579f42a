/**
 * `npm run mutants -- [--count 50] [--seed 1] [--minutes 60] [--limit 30] [--only src/domain] [--again] [--list]`: changes
 * one thing at a time, at random, and shows which changes no test notices. Works in a copy. Results are kept in
 * .cache/mutants/, by seed; the same command continues where it stopped, and a file that has changed since is tried anew.
 *
 * --limit    seconds of tests for one mutant; what no test has noticed by then has survived
 * --again    tries the survivors of the seed once more
 * --list     prints the mutants of the seed and tries none
 *
 * What changes nothing that can be observed is listed in scripts/mutants/equivalent.ts, and not tried.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Candidate } from './mutants/candidates.ts';
import { chooseMutants, findStale, readSources, whyEquivalent } from './mutants/candidates.ts';
import { copyCheckout } from './mutants/checkout.ts';
import { applyMutant } from './mutants/find-mutants.ts';
import type { Results } from './mutants/results.ts';
import { openResults, summarize } from './mutants/results.ts';
import type { TestMap } from './mutants/test-map.ts';
import { chooseTests, readTestMap, updateTestMap } from './mutants/test-map.ts';
import type { Tester } from './mutants/tester.ts';
import { createTester } from './mutants/tester.ts';
import { tryMutant } from './mutants/try-mutant.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    limit: { type: 'string', default: '30' },
    only: { type: 'string', default: 'src/' },
    again: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const root = path.resolve(import.meta.dirname, '..');
const cache = path.join(root, '.cache/mutants');

function readNumber(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new Error(`not a number: ${text}`);
  return number;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const describe = ({ file, line, kind, change }: Candidate): string => `${file}:${line} ${kind}: ${change}`;

function isDue(candidate: Candidate, results: Results): boolean {
  const verdict = results.get(candidate.key)?.verdict;
  const isOpen = verdict === undefined || (values.again && verdict === 'survived');
  return isOpen && whyEquivalent(candidate) === undefined;
}

/** How many mutants of the same file a test file has noticed so far; those of the same folder count less. */
function killsIn(results: Results, file: string): (test: string) => number {
  const folder = path.dirname(file);
  const near = [...results.values()].filter((result) => path.dirname(result.file) === folder);
  return (test) =>
    near.filter(({ by }) => by === test).reduce((sum, each) => sum + (each.file === file ? 1 : 0.3), 0);
}

async function tryAll(due: readonly Candidate[], results: Results): Promise<void> {
  const end = Date.now() + readNumber(values.minutes) * 60_000;
  const limitMs = readNumber(values.limit) * 1000;
  const checkout = await copyCheckout(root);
  const tester = createTester(checkout);
  process.once('exit', () => {
    tester.close();
    rmSync(checkout, { recursive: true, force: true });
  });
  const saveTo = path.join(cache, 'tests.json');
  const map = await readTestMap(saveTo);
  await updateTestMap(map, { checkout, tester, sources, saveTo, log: print });
  for (const candidate of due) {
    if (Date.now() > end) break;
    await tryOne(candidate, { tester, map, results, limitMs });
  }
}

type Tools = {
  readonly tester: Tester;
  readonly map: TestMap;
  readonly results: Results;
  readonly limitMs: number;
};

async function tryOne(candidate: Candidate, { tester, map, results, limitMs }: Tools): Promise<void> {
  const { file, key } = candidate;
  const text = sources.get(file) ?? '';
  const tests = chooseTests(map, { ...candidate, text }, killsIn(results, file));
  const mutated = applyMutant(text, candidate);
  const trial = await tryMutant(tester, { file, text, mutated, tests, limitMs });
  await results.add({ key, file, text: describe(candidate), ...trial });
  const noticed = trial.by === undefined ? `${trial.ran} of ${trial.of} test files` : trial.by;
  print(`${trial.verdict.padEnd(10)}${describe(candidate)} (${noticed})`);
}

const stop = (): never => process.exit(130);
process.once('SIGINT', stop).once('SIGTERM', stop);

const sources = readSources(root);
const seed = readNumber(values.seed);
const chosen = chooseMutants(sources, { seed, count: readNumber(values.count), only: values.only });
for (const { file, code, change } of findStale(sources))
  print(`no such mutant any more: ${file}: ${code}: ${change}`);
if (values.list) {
  for (const candidate of chosen) print(`${describe(candidate)}  |  ${candidate.code}`);
} else {
  const results = await openResults(path.join(cache, `${seed}.jsonl`));
  const due = chosen.filter((candidate) => isDue(candidate, results));
  print(`${chosen.length} mutants of seed ${seed}, ${due.length} to be tried`);
  if (due.length > 0) await tryAll(due, results);
  print(summarize(chosen, results));
  process.exit();
}
