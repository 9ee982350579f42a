import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

export type MutantVerdict = 'killed' | 'survived' | 'timed out';

/**
 * Runs the tests of a module in a checkout: first those that mirror its path, which most often notice, then all that
 * import it. `timed out`: a mutant that hangs is noticed as well.
 */
export async function runTests(checkout: string, file: string, limitMs: number): Promise<MutantVerdict> {
  const mirror = file.replace(/^src\//, 'test/').replace(/\.ts$/, '');
  const near = globSync(`${mirror}{.test,.*.test}.ts`, { cwd: checkout });
  const deadline = Date.now() + limitMs;
  const first = near.length === 0 ? 'survived' : await vitest(checkout, ['run', ...near], deadline);
  return first === 'survived' ? vitest(checkout, ['related', '--run', file], deadline) : first;
}

/** Resolves when vitest and all that it started have ended. */
function vitest(checkout: string, args: readonly string[], deadline: number): Promise<MutantVerdict> {
  return new Promise((resolve, reject) => {
    const flags = ['--bail', '1', '--passWithNoTests', '--reporter', 'dot'];
    const child = spawn('npx', ['vitest', ...args, ...flags], {
      cwd: checkout,
      // A group of its own, so that services which tests have started end with it.
      detached: true,
      stdio: 'ignore',
    });
    let isLate = false;
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group has ended by itself.
      }
    };
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, deadline - Date.now());
    process.once('exit', end);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.removeListener('exit', end);
      end();
      resolve(isLate ? 'timed out' : code === 0 ? 'survived' : 'killed');
    });
  });
}
