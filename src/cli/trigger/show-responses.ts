import { coloredText } from '../../domain/terminal-text.ts';

/** The Python command's names of the requests whose answers it shows, by method and path below the project. */
const names: readonly (readonly [method: string, path: RegExp, name: string])[] = [
  ['POST', /\/trigger\/pipeline$/, 'create_pipeline'],
  ['GET', /\/pipelines$/, 'get_last_pipeline'],
  ['GET', /\/pipelines\/\d+$/, 'get_pipeline'],
  ['GET', /\/repository\/commits\/[^/]+$/, 'get_sha'],
  ['GET', /\/projects\/[^/]+$/, 'get_project_id'],
];
const namesForLogs: typeof names = [
  ['GET', /\/pipelines\/\d+\/jobs$/, 'get_pipeline_jobs'],
  ['GET', /\/jobs\/\d+\/trace$/, 'get_job_trace'],
];

interface ResponseShower {
  readonly fetch: typeof globalThis.fetch;
  /** From now on jobs are read for their logs and shown; reads of the polling are not. */
  readonly showLogs: () => void;
}

/** `--verbose`: shows the same answers as the Python command. */
export function showResponses(fetch: typeof globalThis.fetch, print: (text: string) => void): ResponseShower {
  let shown = names;
  return {
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const method = init?.method ?? 'GET';
      const [, , name] = shown.find(([verb, path]) => verb === method && path.test(pathname)) ?? [];
      if (name !== undefined) print(`Response ${name}: ${coloredText(await response.clone().text())}\n`);
      return response;
    },
    showLogs: () => {
      shown = namesForLogs;
    },
  };
}
