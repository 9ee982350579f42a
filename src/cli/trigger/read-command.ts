import { Failure } from '../../client/failure.ts';
import type { Command, TriggerEnvironment } from './command.ts';
import { isProjectId, wantsRetry } from './command.ts';
import type { FlagValues } from './flag.ts';
import { nameOf, WrongValue } from './flag.ts';
import { flags, positional } from './flags.ts';
import { parseArguments, UsageError } from './parse-arguments.ts';
import { readUrl, splitPair } from './read-value.ts';

type Given = FlagValues<typeof flags>;

const defaults = { host: 'gitlab.com', sleep: 5, urlPath: '/api/v4/projects', serverTimeout: 900 } as const;

/**
 * Reads arguments and environment into what is to be done. An empty variable counts as not set.
 * @throws UsageError for a command line that argparse would refuse
 * @throws Failure for what the Python command only noticed afterwards
 */
export function readCommand(args: readonly string[], env: TriggerEnvironment): Command | 'help' {
  const parsed = parseArguments(args, flags, { positional: positional.name, stopAt: 'help' });
  const { values } = parsed;
  if (values.help === true) return 'help';
  const service = serviceOf(values, env);
  const pipelineToken = values.pipelineToken ?? set(env['TRIGGER_PIPELINE_TOKEN']);
  const excused = service !== null || pipelineToken !== null ? nameOf(flags.pipelineToken) : null;
  refuse(
    'the following arguments are required',
    parsed.missing.filter((name) => name !== excused),
    ', ',
  );
  refuse('unrecognized arguments', parsed.extras, ' ');
  const command: Command = {
    project: parsed.positional ?? '',
    ref: values.targetRef ?? '',
    variables: variablesOf(values.env ?? []),
    inputs: Object.fromEntries(values.input ?? []),
    retry: values.retry ?? false,
    pid: values.pid ?? null,
    onManual: values.onManual ?? 'fail',
    jobs: jobsOf(values.jobs ?? ''),
    apiToken: set(values.apiToken) ?? set(env['TRIGGER_API_TOKEN']),
    pipelineToken: service === null ? pipelineToken : set(pipelineToken ?? ''),
    gitlab: {
      host: urlOf(values.host ?? defaults.host),
      isGiven: values.host !== undefined,
      urlPath: values.urlPath ?? defaults.urlPath,
      verifyTls: values.verifyssl ?? true,
    },
    service,
    sleepSeconds: values.sleep ?? defaults.sleep,
    timeoutSeconds: values.timeout ?? null,
    detached: values.detached ?? false,
    output: values.output ?? false,
    verbose: values.verbose ?? false,
    cancelOnInterrupt: values.cancelOnInterrupt ?? false,
    json: values.json ?? false,
    dotenv: set(values.dotenv),
    detailedExitcode: values.detailedExitcode ?? false,
  };
  check(command);
  return command;
}

const set = (text: string | null | undefined): string | null => (text == null || text === '' ? null : text);

function refuse(complaint: string, names: readonly string[], separator: string): void {
  if (names.length > 0) throw new UsageError(`${complaint}: ${names.join(separator)}`);
}

/** The host as the Python command took it, but for a slash at its end. */
const urlOf = (host: string): string =>
  host === '' ? '' : (/^https?:\/\//.test(host) ? host : `https://${host}`).replace(/\/+$/, '');

function serviceOf({ server, serverTimeout }: Given, env: TriggerEnvironment): Command['service'] {
  const url = server ?? urlFrom(env, 'PIPELINE_TRIGGER_URL');
  if (url === null) return null;
  const token = set(env['PIPELINE_TRIGGER_TOKEN']) ?? set(env['PIPELINE_TRIGGER_ID_TOKEN']);
  return { url, token, timeoutSeconds: serverTimeout ?? defaults.serverTimeout };
}

function urlFrom(env: TriggerEnvironment, name: string): string | null {
  try {
    return readUrl(env[name] ?? '');
  } catch (error) {
    throw error instanceof WrongValue ? new UsageError(`${name}: ${error.message}`) : error;
  }
}

function variablesOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const split = splitPair(pair);
      // The value may be a secret: what is wrong is said without it.
      if (split === null) throw new Failure('argument -e/--env: expected NAME=VALUE, there is no "="');
      return split;
    }),
  );
}

/** Job names as they are, each once: a job is not to be played twice. */
function jobsOf(list: string): Command['jobs'] {
  const names = [...new Set(list.split(','))].filter((name) => name !== '');
  return names.length > 0 ? names : null;
}

/** What the Python command asserts before it does anything, in its words. */
function check(command: Command): void {
  const { service, apiToken, pipelineToken, project, gitlab, ref, sleepSeconds, pid } = command;
  const complaints: readonly (readonly [isWrong: boolean, complaint: string])[] = [
    [service === null && !pipelineToken, 'pipeline token must be set'],
    [project === '', 'project id must be set'],
    [gitlab.host === '', 'host must be set'],
    [gitlab.urlPath === '', 'url path must be set'],
    [ref === '', 'must provide target ref'],
    [sleepSeconds <= 0, 'sleep parameter must be > 0'],
    [pid !== null && pid <= 0, 'pipeline id must be > 0'],
    [
      service === null && apiToken === null && !isProjectId(project),
      'finding project id by name requires an api token (-a parameter missing)',
    ],
    [
      service === null && apiToken === null && wantsRetry(command),
      'retry checks require an api token (-a parameter missing)',
    ],
  ];
  const complaint = complaints.find(([isWrong]) => isWrong);
  if (complaint !== undefined) throw new Failure(complaint[1]);
}
