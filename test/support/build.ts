import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { repository } from './repository.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the built commands, as `dist/` of the package. */
    built: string;
  }
}

/** Outside node_modules, where a package cannot find itself by its name. */
const cache = path.join(repository, '.cache/tests');
const assets = 'src/http/dashboard/assets';

/** Another name for every change of the sources. */
function digestOfSources(): string {
  const files = globSync('{src,simulator}/**/*.*', { cwd: repository }).toSorted();
  const stamps = files.map((file) => `${file} ${statSync(path.join(repository, file)).mtimeMs}`);
  return createHash('sha256').update(stamps.join('\n')).digest('hex').slice(0, 16);
}

/** Imports of our own files, whose names end in `.ts` only as long as Node strips the types. */
const ownImport = /((?:\bfrom|\bimport)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g;

/** Builds one source file. */
export function buildFile(file: string, directory: string): void {
  const source = readFileSync(path.join(repository, file), 'utf8');
  const target = path.join(directory, file.replace(/\.ts$/, '.js'));
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, stripTypeScriptTypes(source).replaceAll(ownImport, '$1.js$2'));
}

function build(directory: string): void {
  for (const file of globSync('{src,simulator}/**/*.ts', { cwd: repository })) buildFile(file, directory);
  cpSync(path.join(repository, assets), path.join(directory, assets), { recursive: true });
}

/**
 * Builds both commands once for all test files, so that no process spends its start on
 * stripping types. `npm run build` makes the same code with `tsc`, which takes ten times as long.
 */
export default function setup(project: TestProject): void {
  const name = digestOfSources();
  const directory = path.join(cache, name);
  const done = path.join(directory, 'built');
  mkdirSync(cache, { recursive: true });
  if (!existsSync(done)) {
    for (const old of readdirSync(cache)) rmSync(path.join(cache, old), { recursive: true });
    build(directory);
    writeFileSync(done, '');
  }
  project.provide('built', directory);
}
