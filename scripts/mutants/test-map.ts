import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { globSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findFunctions, functionAt, insertProbes } from './probes.ts';
import type { Tester } from './tester.ts';

/** Which functions of a source file a test file has called. */
type Hits = { readonly digest: string; readonly functions: readonly number[] };
type MappedTest = {
  readonly digest: string;
  readonly passed: boolean;
  readonly ms: number;
  readonly hits: Readonly<Record<string, Hits>>;
};
/** By test file. */
export type TestMap = Map<string, MappedTest>;

/**
 * The tests that mirror the folders, and those of all routes and of their page. What starts commands and services notices
 * a single line rarely, and takes a hundred times as long: a mutant that only these notice has survived.
 */
const used = 'test/{api,app,callbacks,config,domain,gitlab,http,store}/**/*.test.ts';
const more = 'test/{authorization-matrix,docs/api-page}.test.ts';

/** A test file that takes longer is not run for a mutant. */
const longestMs = 60_000;

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

export async function readTestMap(file: string): Promise<TestMap> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return new Map(Object.entries(JSON.parse(text) as Record<string, MappedTest>));
}

/**
 * Runs each test file that is new, has changed or has called a file that is gone once, with probes in all sources, and
 * saves the map after each.
 * @param sources by path
 */
export async function updateTestMap(
  map: TestMap,
  { checkout, tester, sources, saveTo, log }: MapOptions,
): Promise<void> {
  const tests = globSync([used, more], { cwd: checkout }).sort();
  const digests = new Map(
    tests.map((test) => [test, digestOf(readFileSync(path.join(checkout, test), 'utf8'))]),
  );
  for (const test of map.keys()) if (!digests.has(test)) map.delete(test);
  const isCurrent = (test: string): boolean => {
    const mapped = map.get(test);
    return (
      mapped?.digest === digests.get(test) &&
      Object.keys(mapped?.hits ?? {}).every((file) => sources.has(file))
    );
  };
  const due = tests.filter((test) => !isCurrent(test));
  if (due.length === 0) return;
  log(`finding out what ${due.length} test files call`);
  const report = path.join(checkout, '.cache/hits');
  await mkdir(path.dirname(report), { recursive: true });
  const probed = [...sources].map(([file, text]) => [file, insertProbes(file, text, report)] as const);
  for (const [file, text] of probed) await tester.write(file, text);
  for (const test of due) {
    rmSync(report, { force: true });
    const { result, ms } = await tester.run(test, longestMs);
    const hits = readHits(await readFile(report, 'utf8').catch(() => ''), sources);
    map.set(test, { digest: digests.get(test) ?? '', passed: result === 'passed', ms, hits });
    await writeFile(saveTo, JSON.stringify(Object.fromEntries(map)));
    if (result !== 'passed') log(`left out, since it ${result}: ${test}`);
  }
  for (const [file, text] of sources) await tester.write(file, text);
}

type MapOptions = {
  readonly checkout: string;
  readonly tester: Tester;
  readonly sources: ReadonlyMap<string, string>;
  readonly saveTo: string;
  readonly log: (text: string) => void;
};

function readHits(report: string, sources: ReadonlyMap<string, string>): Record<string, Hits> {
  const numbers = new Map<string, Set<number>>();
  for (const line of report.split('\n')) {
    const [file, number] = line.split(' ');
    if (file === undefined || number === undefined) continue;
    const known = numbers.get(file) ?? new Set();
    numbers.set(file, known.add(Number(number)));
  }
  return Object.fromEntries(
    [...numbers].map(([file, functions]) => [
      file,
      { digest: digestOf(sources.get(file) ?? ''), functions: [...functions].sort((a, b) => a - b) },
    ]),
  );
}

export type ChosenTest = { readonly test: string; readonly ms: number };

/**
 * The test files that run the code at a place, the likeliest to notice first: what has noticed mutants of the same file
 * before, then what mirrors its path, then the quick ones. Of a file that has changed since the map was made, all that ran
 * it; of a new one, all that ran something in its folder.
 */
export function chooseTests(
  map: TestMap,
  { file, text, start }: { readonly file: string; readonly text: string; readonly start: number },
  killsOf: (test: string) => number,
): ChosenTest[] {
  const number = functionAt(findFunctions(file, text), start);
  const digest = digestOf(text);
  const mirror = file.replace(/^src\//, 'test/').replace(/\.ts$/, '');
  const folder = path.dirname(mirror);
  const rank = (test: string, ms: number): number => {
    const near = test.startsWith(`${mirror}.`) ? 0.01 : test.startsWith(folder) ? 0.05 : 1;
    return ((ms + 200) * near) / (1 + 3 * killsOf(test));
  };
  const isNew = ![...map.values()].some(({ hits }) => file in hits);
  const calls = (hits: MappedTest['hits']): boolean => {
    const own = hits[file];
    if (own === undefined) return isNew && Object.keys(hits).some((hit) => isBeside(hit, file));
    return own.digest !== digest || own.functions.includes(number);
  };
  return [...map]
    .filter(([, { passed, hits }]) => passed && calls(hits))
    .map(([test, { ms }]) => ({ test, ms, rank: rank(test, ms) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ test, ms }) => ({ test, ms }));
}

const isBeside = (one: string, other: string): boolean => path.dirname(one) === path.dirname(other);
