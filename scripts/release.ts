import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { LockFile } from './release/bill-of-materials.ts';
import { billOfMaterials } from './release/bill-of-materials.ts';
import { releaseNotes, withRelease } from './release/changelog.ts';

/**
 * Makes a release of what is checked out: version, CHANGELOG, commit and tag, the npm package, the image, a bill of
 * materials. `--dry-run` shows all of it and changes nothing but the folder of the results.
 */
const { values, positionals } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, out: { type: 'string', default: 'release' } },
  allowPositionals: true,
});
const isDry = values['dry-run'];
const out = path.resolve(values.out);
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
const version = positionals[0] ?? manifest.version;

const show = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs a command, or only shows it. @returns what it prints */
function act(command: string, args: readonly string[]): string {
  show(`${isDry ? 'would run' : 'running'}: ${[command, ...args].join(' ')}`);
  return isDry ? '' : execFileSync(command, args, { encoding: 'utf8' });
}

/** Runs a command that changes nothing outside of the results. */
const read = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });

if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) throw new Error(`not a version: ${version}`);
if (!isDry && read('git', ['status', '--porcelain']) !== '') throw new Error('the work tree is not clean');

const changelog = readFileSync('CHANGELOG.md', 'utf8');
const today = new Date().toISOString().slice(0, 10);
const released = withRelease(changelog, version, today);
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, 'notes.md'), releaseNotes(released, version));
show(`CHANGELOG: ${version} of ${today}`);

if (!isDry) writeFileSync('CHANGELOG.md', released);
act('npm', ['version', version, '--no-git-tag-version', '--allow-same-version']);
act('git', ['commit', '--all', '--message', `Release ${version}`]);
act('git', ['tag', '--annotate', version, '--message', `pipeline-trigger ${version}`]);
// The package of a dry run is a real one: what keeps it from being packed shows.
show(read('npm', ['pack', '--silent', '--pack-destination', out]).trim());
// `npm sbom` refuses the override of better-sqlite3, which is the same version: the lock file says what is installed.
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
writeFileSync(
  path.join(out, `pipeline-trigger-${version}.cdx.json`),
  `${JSON.stringify(billOfMaterials(lock, version), null, 2)}\n`,
);
show('bill of materials: CycloneDX');
act('docker', ['build', '--tag', `pipeline-trigger:${version}`, '.']);
show(isDry ? 'nothing was changed' : `released ${version}: push the commit, the tag and the image`);
