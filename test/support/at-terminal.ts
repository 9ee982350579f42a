import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.ts';
import { node, repository } from './run-command.ts';
import { pipelineTrigger } from './built.ts';

/** `script` of util-linux gives a program a terminal; every Debian has it. */
export const terminalMaker = 'script';

/** Somebody who sits at a terminal. */
export interface Sitting {
  /** All that has been shown, control characters included. */
  readonly shown: () => string;
  /** Waits until something is shown, then types. */
  readonly answer: (question: RegExp, keys: string) => Promise<void>;
  /** @returns the exit code */
  readonly end: () => Promise<number | null>;
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Runs `pipeline-trigger` at a terminal of its own. */
export function sitDown(args: readonly string[], env: Readonly<Record<string, string>>): Sitting {
  const command = [node, pipelineTrigger, ...args].map(quoted).join(' ');
  const child = spawn(terminalMaker, ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: repository,
    env: { PATH: process.env['PATH'], SHELL: '/bin/sh', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    shown: () => text,
    answer: async (question, keys) => {
      await eventually(() => {
        if (!question.test(text)) throw new Error(`not shown yet; but: ${text}`);
      });
      child.stdin.write(keys);
    },
    end: async () => {
      const [code] = await closed;
      return code;
    },
  };
}
