import type { Register } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../../../client/errors.ts';
import type { JsonOption } from '../options.ts';
import { withJson } from '../options.ts';

/** `demo` */
export const registerDemo: Register = (program, { parts, stdout }) => {
  const demo = program
    .command('demo')
    .description(
      'see it work: the service, a simulated GitLab, a pipeline with a manual job, two callers who wait',
    )
    .action(async ({ json = false }: JsonOption) => {
      const print = (text: string): void => void stdout.write(json ? asJsonLines(text) : text);
      if (!(await parts.demo(print))) throw new Failure('the demo did not end well', exitCodes.refused);
    });
  withJson(demo);
};

/** Each line as a JSON string. */
const asJsonLines = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${JSON.stringify({ line })}\n`)
    .join('');
