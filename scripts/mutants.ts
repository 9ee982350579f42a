/**
 * `npm run mutants -- [--count 50] [--seed 1] [--minutes 60] [--limit 120] [--only src/domain]`: changes one thing at a
 * time, at random, and shows which changes no test notices. Works in a copy. Results are kept in .cache/mutants/, by seed;
 * the same command continues where it stopped, and a file that has changed since is tried anew.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { applyMutant, findMutants } from './mutants/find-mutants.ts';
import type { Mutant } from './mutants/find-mutants.ts';
import { shuffle } from './mutants/random.ts';
import { runTests } from './mutants/run-mutant.ts';
import type { MutantVerdict } from './mutants/run-mutant.ts';

const folders = ['domain', 'app', 'gitlab', 'http', 'store', 'callbacks', 'config'];

type Candidate = Mutant & { readonly file: string; readonly key: string; readonly was: string };
type Result = {
  readonly key: string;
  readonly file: string;
  readonly verdict: MutantVerdict;
  readonly text: string;
};

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    limit: { type: 'string', default: '120' },
    only: { type: 'string', default: 'src/' },
  },
});
const [count, seed, minutes, limitSeconds] = [values.count, values.seed, values.minutes, values.limit].map(
  readNumber,
) as [number, number, number, number];

const root = path.resolve(import.meta.dirname, '..');
const resultsFile = path.join(root, '.cache/mutants', `${seed}.jsonl`);

function readNumber(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new Error(`not a number: ${text}`);
  return number;
}

function candidates(): Candidate[] {
  const files = globSync(`src/{${folders.join(',')}}/**/*.ts`, { cwd: root })
    .filter((file) => !file.includes('/generated/') && file.startsWith(values.only))
    .sort();
  return files.flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
    return findMutants(file, text).map((mutant) => ({
      ...mutant,
      file,
      key: `${file} ${digest} ${mutant.start} ${mutant.end} ${mutant.replacement}`,
      was: text.slice(mutant.start, mutant.end),
    }));
  });
}

/** The files that git knows or would add, with the installed packages and what is generated. */
async function copyCheckout(): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-mutants-'));
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (listed.status !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
  for (const file of listed.stdout.split('\0').filter((each) => each !== '')) {
    await cp(path.join(root, file), path.join(copy, file), { errorOnExist: false, force: true });
  }
  await cp(path.join(root, 'src/store/generated'), path.join(copy, 'src/store/generated'), {
    recursive: true,
  });
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

async function readResults(): Promise<Map<string, Result>> {
  const text = await readFile(resultsFile, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as Result).map((result) => [result.key, result]));
}

async function tryMutant(copy: string, candidate: Candidate): Promise<Result> {
  const { file, key, kind, line, was, replacement } = candidate;
  const target = path.join(copy, file);
  const text = await readFile(path.join(root, file), 'utf8');
  try {
    await writeFile(target, applyMutant(text, candidate));
    const verdict = await runTests(copy, file, limitSeconds * 1000);
    const change = `${oneLine(was)} -> ${oneLine(replacement)}`;
    return { key, file, verdict, text: `${file}:${line} ${kind}: ${change}` };
  } finally {
    await writeFile(target, text);
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 60);

function printSummary(results: readonly Result[]): void {
  const survivors = results.filter(({ verdict }) => verdict === 'survived');
  if (survivors.length > 0) print(`\nsurvived:\n${survivors.map(({ text }) => `  ${text}`).join('\n')}`);
  print('\nfolder            killed  timed out  survived');
  for (const folder of folders) {
    const own = results.filter(({ file }) => file.startsWith(`src/${folder}/`));
    if (own.length === 0) continue;
    const numbers = (['killed', 'timed out', 'survived'] as const).map(
      (verdict) => own.filter((each) => each.verdict === verdict).length,
    );
    print(`src/${folder.padEnd(12)}${numbers.map((number) => String(number).padStart(8)).join('  ')}`);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const chosen = shuffle(candidates(), seed).slice(0, count);
const results = await readResults();
const open = chosen.filter(({ key }) => !results.has(key));
print(`${chosen.length} mutants of seed ${seed}, ${open.length} to be tried`);
await mkdir(path.dirname(resultsFile), { recursive: true });
const end = Date.now() + minutes * 60_000;
const copy = open.length === 0 ? null : await copyCheckout();
if (copy !== null) process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
const stop = (): never => process.exit(130);
process.once('SIGINT', stop).once('SIGTERM', stop);
const [first] = open;
if (
  copy !== null &&
  first !== undefined &&
  (await runTests(copy, first.file, limitSeconds * 1000)) === 'killed'
)
  throw new Error(`the tests of ${first.file} fail without a mutant`);
for (const candidate of open) {
  if (copy === null || Date.now() > end) break;
  const result = await tryMutant(copy, candidate);
  await appendFile(resultsFile, `${JSON.stringify(result)}\n`);
  results.set(result.key, result);
  print(`${result.verdict.padEnd(10)}${result.text}`);
}
printSummary(chosen.flatMap(({ key }) => results.get(key) ?? []));
