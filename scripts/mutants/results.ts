import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Candidate } from './candidates.ts';
import { folders, whyEquivalent } from './candidates.ts';
import type { Trial } from './try-mutant.ts';

export type Result = Trial & { readonly key: string; readonly file: string; readonly text: string };

/** Results by key, kept in a file to which each is appended; a later one replaces an earlier one. */
export type Results = ReadonlyMap<string, Result> & {
  readonly add: (result: Result) => Promise<void>;
};

export async function openResults(file: string): Promise<Results> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const results = new Map(lines.map((line) => JSON.parse(line) as Result).map((each) => [each.key, each]));
  return Object.assign(results, {
    async add(result: Result): Promise<void> {
      await mkdir(path.dirname(file), { recursive: true });
      await appendFile(file, `${JSON.stringify(result)}\n`);
      results.set(result.key, result);
    },
  });
}

/** The survivors, and figures by folder. */
export function summarize(chosen: readonly Candidate[], results: ReadonlyMap<string, Result>): string {
  const survivors = chosen.filter((candidate) => stateOf(candidate, results) === 'survived');
  const list = survivors.map(({ key }) => `  ${results.get(key)?.text ?? ''}`);
  const rows = [...folders, ''].flatMap((folder) => {
    const own = chosen.filter(({ file }) => file.startsWith(`src/${folder}`));
    return own.length === 0 ? [] : [rowOf(folder === '' ? 'all' : `src/${folder}`, own, results)];
  });
  return [
    ...(list.length === 0 ? [] : ['', 'survived:', ...list]),
    '',
    'folder          made  killed  equivalent  survived  killed of those that change behaviour',
    ...rows,
  ].join('\n');
}

type State = 'killed' | 'survived' | 'equivalent' | 'not tried';

function stateOf(candidate: Candidate, results: ReadonlyMap<string, Result>): State {
  const verdict = results.get(candidate.key)?.verdict;
  // A mutant that a test notices is no equivalent, whatever the list says.
  if (verdict === 'killed' || verdict === 'timed out') return 'killed';
  if (whyEquivalent(candidate) !== undefined) return 'equivalent';
  return verdict ?? 'not tried';
}

function rowOf(name: string, own: readonly Candidate[], results: ReadonlyMap<string, Result>): string {
  const count = (state: State): number => own.filter((each) => stateOf(each, results) === state).length;
  const [killed, equivalent, survived] = [count('killed'), count('equivalent'), count('survived')];
  const made = killed + equivalent + survived;
  const percentage = killed + survived === 0 ? '' : `${((100 * killed) / (killed + survived)).toFixed(1)} %`;
  const cells = [String(made).padStart(5), String(killed).padStart(8), String(equivalent).padStart(12)];
  return `${name.padEnd(15)}${cells.join('')}${String(survived).padStart(10)}  ${percentage}`;
}
