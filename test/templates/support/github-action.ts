import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { Finished } from '../../support/run-command.ts';
import { repository } from '../../support/run-command.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import type { ToolboxName } from './run-job.ts';
import { toolboxes } from './run-job.ts';

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly shell: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export const action = parse(readFileSync(path.join(repository, 'action.yml'), 'utf8')) as Action;

/** Files in which a step leaves outputs and a summary, as GitHub's runner gives them. */
export interface FinishedStep extends Finished {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What is left in the runner's temporary folder. */
  readonly folder: string;
}

export interface RunningStep {
  /** What the runner sends to the shell first when a job is canceled. */
  readonly interrupt: () => void;
  readonly stdout: () => string;
  readonly ended: Promise<FinishedStep>;
}

/** `${{ inputs.NAME }}` and `${{ steps.wait.outputs.NAME }}` put in, as the runner does before it starts a step. */
function evaluate(
  value: string,
  inputs: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
): string {
  return value.replace(
    /\$\{\{ (inputs|steps\.wait\.outputs)\.(\w+) \}\}/g,
    (_, from: string, name: string) => {
      if (from !== 'inputs') return outputs[name] ?? '';
      const input = action.inputs[name];
      if (input === undefined) throw new Error(`the action has no input ${name}`);
      return inputs[name] ?? input.default ?? '';
    },
  );
}

/** Starts one step of the action, as a runner with this toolbox does. */
export function startStep(
  index: number,
  inputs: Readonly<Record<string, string>>,
  toolbox: ToolboxName,
  {
    env = {},
    outputs = {},
  }: { env?: Readonly<Record<string, string>>; outputs?: Readonly<Record<string, string>> } = {},
): RunningStep & { readonly remove: () => void } {
  const step = action.runs.steps[index];
  if (step === undefined) throw new Error(`the action has no step ${index}`);
  for (const name of Object.keys(inputs))
    if (!(name in action.inputs)) throw new Error(`unknown input ${name}`);
  const { shell, awk } = toolboxes[toolbox];
  const directory = makeTemporaryDirectory();
  const [bin, folder, script, output, summary] = ['bin', 'temp', 'script', 'output', 'summary'].map((name) =>
    path.join(directory.path, name),
  ) as [string, string, string, string, string];
  mkdirSync(bin);
  mkdirSync(folder);
  symlinkSync(awk, path.join(bin, 'awk'));
  for (const [file, content] of [
    [script, step.run],
    [output, ''],
    [summary, ''],
  ] as const)
    writeFileSync(file, content);
  const [program, ...args] = shell;
  const child = spawn(program, [...args, '-e', script], {
    cwd: folder,
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_RUN_ID: '42',
      GITHUB_RUN_ATTEMPT: '1',
      ...env,
      ...Object.fromEntries(
        Object.entries(step.env).map(([name, value]) => [name, evaluate(value, inputs, outputs)]),
      ),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => void (shown += part));
  const stderr = text(child.stderr);
  return {
    interrupt: () => void child.kill('SIGINT'),
    stdout: () => shown,
    ended: once(child, 'close').then(async ([code]: unknown[]) => ({
      code: code as number | null,
      stdout: shown,
      stderr: await stderr,
      outputs: Object.fromEntries(
        readFileSync(output, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
      summary: readFileSync(summary, 'utf8'),
      folder,
    })),
    remove: directory.remove,
  };
}

/** What GitHub's runner takes for commands of its own. Source: actions/runner, src/Runner.Worker/ActionCommandManager.cs */
export function commandsIn(output: string): readonly string[] {
  let stopped: string | null = null;
  const commands: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const [, name = '', data = ''] = /^\s*::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
    if (stopped !== null) {
      if (line.trim() === `::${stopped}::`) stopped = null;
    } else if (name === 'stop-commands') stopped = data;
    else if (name !== '') commands.push(line.trim());
  }
  return commands;
}
