import type { Register } from '../context.ts';
import { withExamples, withJson, wholeNumber } from '../options.ts';

/** `simulator`: its output is always JSON. */
export const registerSimulator: Register = (program, { parts, stdout }) => {
  const simulator = program
    .command('simulator')
    .description('run the simulated GitLab alone; prints its URL, tokens and projects as JSON')
    .option('--port <number>', 'where to listen; 0 for any free port', wholeNumber(0, 65_535), 0)
    .option('--scenario <file>', 'JSON or YAML with other projects than the built-in ones')
    .action(({ port, scenario }: { port: number; scenario?: string }) =>
      parts.simulator({ port, scenario }, (text) => void stdout.write(text)),
    );
  withExamples(withJson(simulator), [
    ['pipeline-trigger simulator --port 8081', 'on a port of your choice'],
    ['pipeline-trigger simulator --scenario my.yml', 'with projects of your own'],
  ]);
};
