import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { FromServer, ToServer } from './test-server.ts';

export type TestRun = {
  readonly result: 'passed' | 'failed' | 'timed out';
  readonly failure: string;
  readonly ms: number;
};

/** Runs test files of a checkout whose sources it changes. One thing at a time. */
export type Tester = {
  readonly write: (file: string, text: string) => Promise<void>;
  readonly run: (test: string, limitMs: number) => Promise<TestRun>;
  readonly close: () => void;
};

const startMs = 60_000;

/** `timed out` ends the vitest and all that it has started; the next call starts another one. */
export function createTester(checkout: string): Tester {
  let server: ChildProcess | undefined;

  const close = (): void => {
    try {
      if (server?.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
    } catch {
      // The group has ended by itself.
    }
    server = undefined;
  };

  const start = async (): Promise<ChildProcess> => {
    const started = fork(path.join(checkout, 'scripts/mutants/test-server.ts'), {
      cwd: checkout,
      // A group of its own, so that services which tests have started end with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    server = started;
    await answerOf(started, startMs);
    return started;
  };

  const ask = async (message: ToServer, limitMs: number): Promise<FromServer | undefined> => {
    const asked = server ?? (await start());
    asked.send(message);
    const answer = await answerOf(asked, limitMs);
    if (answer === undefined) close();
    return answer;
  };

  return {
    async write(file, text) {
      if ((await ask({ kind: 'write', file, text }, startMs)) === undefined)
        throw new Error(`cannot write ${file}`);
    },
    async run(test, limitMs) {
      const since = performance.now();
      const answer = await ask({ kind: 'run', test }, limitMs);
      const ms = Math.round(performance.now() - since);
      if (answer === undefined) return { result: 'timed out', failure: `no end within ${limitMs} ms`, ms };
      return { result: answer.passed ? 'passed' : 'failed', failure: answer.failure, ms };
    },
    close,
  };
}

/** Undefined when none comes in time, or the server has ended. */
async function answerOf(server: ChildProcess, limitMs: number): Promise<FromServer | undefined> {
  const over = new AbortController();
  const { signal } = over;
  const timer = setTimeout(() => over.abort(), limitMs);
  try {
    const ended = once(server, 'exit', { signal }).then(() => undefined);
    const answered = once(server, 'message', { signal }).then(([answer]) => answer as FromServer);
    return await Promise.race([answered, ended]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
