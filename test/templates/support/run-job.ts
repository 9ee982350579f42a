import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { trigger } from '../../support/built.ts';
import type { Finished } from '../../support/run-command.ts';
import { node } from '../../support/run-command.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import type { ComponentJob } from './component.ts';

type Environment = Readonly<Record<string, string>>;

/** What images bring to run scripts with: a shell, and an awk. */
export const toolboxes = {
  /** Debian: dash and mawk. */
  debian: { shell: ['/bin/sh'], awk: '/usr/bin/mawk' },
  /** What the script of a job meets in most images. */
  bash: { shell: ['/bin/bash'], awk: '/usr/bin/gawk' },
  /** Alpine, on which curl's own image builds. */
  busybox: { shell: ['/bin/busybox', 'sh'], awk: '/bin/busybox' },
} as const;
export type ToolboxName = keyof typeof toolboxes;

/** Whether this machine has it. */
export function hasToolbox(name: ToolboxName): boolean {
  const { shell, awk } = toolboxes[name];
  return [shell[0], awk].every((program) => spawnSync('test', ['-x', program]).status === 0);
}

/** Values of variables put where their names stand, `$$` for a dollar. Source: GitLab lib/expand_variables.rb */
const expanded = (value: string, env: Environment): string =>
  value.replace(/\$\$|\$(\w+)|\$\{(\w+)\}/g, (all, name?: string, braced?: string) =>
    all === '$$' ? '$' : (env[name ?? braced ?? ''] ?? ''),
  );

/** A runner of jobs. */
export interface Runner {
  readonly folder: string;
  readonly run: (job: ComponentJob, env: Environment) => RunningJob;
  /** Runs what comes after the script. */
  readonly runAfter: (job: ComponentJob, env: Environment) => Promise<Finished>;
  readonly remove: () => void;
}

export interface RunningJob {
  /** Ends the script and all that it started, as a runner does with a canceled job. */
  readonly cancel: () => void;
  readonly ended: Promise<Finished>;
}

/** A runner with one toolbox, both commands of this package, and a folder of its own. */
export function startRunner(toolbox: ToolboxName): Runner {
  const { shell, awk } = toolboxes[toolbox];
  const directory = makeTemporaryDirectory();
  const bin = path.join(directory.path, 'bin');
  const folder = path.join(directory.path, 'builds');
  mkdirSync(bin);
  mkdirSync(folder);
  symlinkSync(awk, path.join(bin, 'awk'));
  symlinkSync(node, path.join(bin, 'node'));
  writeFileSync(path.join(bin, 'trigger'), `#!/bin/sh\nexec "${node}" "${trigger}" "$@"\n`);
  chmodSync(path.join(bin, 'trigger'), 0o755);

  function start(script: readonly string[], job: ComponentJob, env: Environment): RunningJob {
    const variables = Object.fromEntries(
      Object.entries(job.variables).map(([name, { value, expand }]) => [
        name,
        expand ? expanded(value, env) : value,
      ]),
    );
    const [program, ...args] = shell;
    const child = spawn(program, args, {
      cwd: folder,
      env: { PATH: `${bin}:/usr/bin:/bin`, TMPDIR: directory.path, ...env, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    // The runner writes the script to the shell's input.
    child.stdin.end(`set -e\n${script.join('\n')}\n`);
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    return {
      cancel: () => void process.kill(-(child.pid ?? 0), 'SIGTERM'),
      ended: once(child, 'close').then(async ([code]: unknown[]) => ({
        code: code as number | null,
        stdout: await stdout,
        stderr: await stderr,
      })),
    };
  }

  return {
    folder,
    run: (job, env) => start(job.script, job, env),
    runAfter: (job, env) => start(job.afterScript, job, env).ended,
    remove: directory.remove,
  };
}
