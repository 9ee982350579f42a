import { createInterface } from 'node:readline';
import { Failure } from '../../client/errors.ts';

/**
 * Asks the operator at the terminal, on stderr because a program may read stdout.
 * @throws Failure when there is no answer: Ctrl-C, Ctrl-D
 */
export function prompt(question: string): Promise<string> {
  const { stdin, stderr } = process;
  const terminal = createInterface({ input: stdin, output: stderr });
  return new Promise((resolve, reject) => {
    // Not with `readline/promises`, whose behaviour when it is closed depends on the version of Node.
    terminal.once('close', () => {
      stderr.write('\n');
      reject(new Failure('no answer, so nothing was done'));
    });
    terminal.question(question, (answer) => {
      terminal.removeAllListeners('close').close();
      resolve(answer);
    });
  });
}
