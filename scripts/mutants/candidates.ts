import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { EquivalentMutant } from './equivalent.ts';
import { equivalentMutants } from './equivalent.ts';
import type { Mutant } from './find-mutants.ts';
import { findMutants } from './find-mutants.ts';
import { shuffle } from './random.ts';
import { digestOf } from './test-map.ts';

export const folders = ['domain', 'app', 'gitlab', 'http', 'store', 'callbacks', 'config'];

export type Candidate = Mutant & {
  readonly file: string;
  /** Another one when the file has changed. */
  readonly key: string;
  /** Its line, without the indentation. */
  readonly code: string;
  /** `before -> after` in one line, numbered where the file has the same change of the same line again. */
  readonly change: string;
};

/** The text of every file that mutants are made of, by path. */
export function readSources(root: string): Map<string, string> {
  const files = globSync(`src/{${folders.join(',')}}/**/*.ts`, { cwd: root })
    .filter((file) => !/\/generated[^/]*\//.test(file))
    .sort();
  return new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}

/** Mutants in the order of a seed, which stays as it is for all files that do not change. */
export function chooseMutants(
  sources: ReadonlyMap<string, string>,
  { seed, count, only }: { readonly seed: number; readonly count: number; readonly only: string },
): Candidate[] {
  const all = [...sources]
    .filter(([file]) => file.startsWith(only))
    .flatMap(([file, text]) => candidatesOf(file, text));
  return shuffle(all, seed, ({ key }) => key).slice(0, count);
}

function candidatesOf(file: string, text: string): Candidate[] {
  const lines = text.split('\n');
  const digest = digestOf(text);
  const seen = new Map<string, number>();
  return findMutants(file, text).map((mutant) => {
    const code = (lines[mutant.line - 1] ?? '').trim();
    const change = `${oneLine(text.slice(mutant.start, mutant.end))} -> ${oneLine(mutant.replacement)}`;
    const times = (seen.get(`${code} ${change}`) ?? 0) + 1;
    seen.set(`${code} ${change}`, times);
    return {
      ...mutant,
      file,
      key: `${file} ${digest} ${mutant.start} ${mutant.end} ${mutant.replacement}`,
      code,
      change: times === 1 ? change : `${change} (${times})`,
    };
  });
}

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
};

/** Why a mutant changes nothing that can be observed, or undefined. */
export function whyEquivalent({ file, code, change }: Candidate): string | undefined {
  return equivalentMutants.find(
    (known) => known.file === file && known.code === code && known.change === change,
  )?.why;
}

/** Known equivalents that the sources no longer have. */
export function findStale(sources: ReadonlyMap<string, string>): EquivalentMutant[] {
  const all = [...sources].flatMap(([file, text]) => candidatesOf(file, text));
  const known = new Set(all.map(({ file, code, change }) => `${file} ${code} ${change}`));
  return equivalentMutants.filter(({ file, code, change }) => !known.has(`${file} ${code} ${change}`));
}
