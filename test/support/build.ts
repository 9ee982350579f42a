import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { node, repository } from './repository.ts';

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

function build(directory: string): void {
  const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
  const options = ['--noCheck', '--sourceMap', 'false', '--inlineSources', 'false', '--outDir', directory];
  const { status, stdout } = spawnSync(node, [tsc, '-p', 'tsconfig.build.json', ...options], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the commands cannot be built: ${stdout}`);
  cpSync(path.join(repository, assets), path.join(directory, assets), { recursive: true });
}

/**
 * Builds both commands once for all test files, as `npm run build` does, short of checking types: a process starts in a
 * third of the time that stripping types takes.
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
