import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Failure } from '../../client/errors.ts';

/**
 * Asks the operator at the terminal, on stderr because a program may read stdout.
 * @throws Failure when there is no answer: Ctrl-C, Ctrl-D
 */
export function prompt(question: string, { isSecret } = { isSecret: false }): Promise<string> {
  const { stdin, stderr } = process;
  // What is typed is not shown where the terminal's output goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface(
    isSecret ? { input: stdin, output: nowhere, terminal: true } : { input: stdin, output: stderr },
  );
  if (isSecret) stderr.write(question);
  return new Promise((resolve, reject) => {
    // Not with `readline/promises`, whose behaviour when it is closed depends on the version of Node.
    const abandon = (): void => {
      stderr.write('\n');
      reject(new Failure('no answer, so nothing was done'));
    };
    terminal.once('close', abandon);
    terminal.question(isSecret ? '' : question, (answer) => {
      if (isSecret) stderr.write('\n');
      // Only this one: by another, readline stops listening to the keys, which the next question would show otherwise.
      terminal.off('close', abandon).close();
      resolve(answer);
    });
  });
}
