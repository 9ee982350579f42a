import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Copies the files that git knows or would add, with the installed packages and what is generated. */
export async function copyCheckout(root: string): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-mutants-'));
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (listed.status !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
  for (const file of listed.stdout.split('\0').filter((each) => each !== '')) {
    await cp(path.join(root, file), path.join(copy, file), { force: true });
  }
  for (const generated of globSync('src/store/generated*', { cwd: root }))
    await cp(path.join(root, generated), path.join(copy, generated), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}
