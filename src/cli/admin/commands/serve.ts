import type { Register } from '../context.ts';
import { withExamples, withJson } from '../options.ts';

/** `serve`: its log is JSON in any case. */
export const registerServe: Register = (program, { parts }) => {
  const serve = program
    .command('serve')
    .description('run the service; environment variables configure it')
    .action(() => parts.serve());
  withExamples(withJson(serve), [
    ['GITLAB_TOKEN=… WEBHOOK_SECRET=… ADMIN_TOKEN=… pipeline-trigger serve', ''],
  ]);
};
