import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { node, repository } from '../../../support/run-command.ts';

/** Below node_modules, so that what is built finds its packages. */
const cache = path.join(repository, 'node_modules/.cache/trigger-tests');

/** Another one for every change of the sources. */
function digestOfSources(): string {
  const files = globSync('{src,simulator}/**/*.ts', { cwd: repository }).toSorted();
  const stamps = files.map((file) => `${file} ${statSync(path.join(repository, file)).mtimeMs}`);
  return createHash('sha256').update(stamps.join('\n')).digest('hex').slice(0, 16);
}

function build(directory: string): void {
  const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
  const args = [
    tsc,
    '-p',
    'tsconfig.build.json',
    '--noCheck',
    '--sourceMap',
    'false',
    '--inlineSources',
    'false',
  ];
  const { status, stdout } = spawnSync(node, [...args, '--outDir', directory], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`trigger cannot be built: ${stdout}`);
  writeFileSync(path.join(directory, 'built'), '');
}

function isMine(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

/** The command as `npm run build` makes it, short of checking types; built once for all test files. */
export async function builtCommand(): Promise<string> {
  const name = digestOfSources();
  const directory = path.join(cache, name);
  mkdirSync(cache, { recursive: true });
  if (isMine(directory)) {
    for (const old of readdirSync(cache))
      if (old !== name) rmSync(path.join(cache, old), { recursive: true });
    build(directory);
  }
  for (let tries = 0; !existsSync(path.join(directory, 'built')); tries += 1) {
    if (tries > 600) throw new Error(`nobody builds ${directory}; remove it`);
    await sleep(100);
  }
  return path.join(directory, 'src/bin/trigger.js');
}
