import { Failure } from '../../client/errors.ts';
import { ciJobOf } from './ci-identity.ts';
import type { Command, TriggerEnvironment } from './command.ts';
import { isProjectId, wantsRetry } from './command.ts';
import type { FlagValues } from './flag.ts';
import { nameOf, WrongValue } from './flag.ts';
import { flags, positional } from './flags.ts';
import { parseArguments, UsageError } from './parse-arguments.ts';
import { readToken, readUrl, splitNames, splitPair } from './read-value.ts';
import { withoutTrailingSlashes } from '../../domain/text.ts';

type Given = FlagValues<typeof flags>;

const defaults = {
  host: 'gitlab.com',
  sleep: 5,
  urlPath: '/api/v4/projects',
  /** Seconds. */
  serverTimeout: 900,
  /** Seconds: an address that has never answered is more likely wrong than temporarily unreachable. */
  firstAnswer: 50,
} as const;

/**
 * Parses arguments and environment into a command. An empty variable counts as not set.
 * @throws UsageError for a command line that argparse would refuse
 * @throws Failure for errors that the Python command reported later
 */
export function readCommand(args: readonly string[], env: TriggerEnvironment): Command | 'help' {
  const parsed = parseArguments(args, flags, { positional: positional.name, stopAt: 'help' });
  const { values } = parsed;
  if (values.help === true) return 'help';
  const service = serviceOf(values, env);
  const pipelineToken = tokenIn(values, 'pipelineToken') ?? tokenFrom(env, 'TRIGGER_PIPELINE_TOKEN');
  const verdict = values.verdict === true ? verdictOf(service, env) : null;
  const excused = service !== null || pipelineToken !== null ? [nameOf(flags.pipelineToken)] : [];
  if (verdict !== null) excused.push(nameOf(flags.targetRef), positional.name);
  refuse(
    'the following arguments are required',
    parsed.missing.filter((name) => !excused.includes(name)),
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
    manualFile: manualFileOf(values),
    apiToken: set(tokenIn(values, 'apiToken')) ?? tokenFrom(env, 'TRIGGER_API_TOKEN'),
    pipelineToken: service === null ? pipelineToken : set(pipelineToken ?? ''),
    gitlab: {
      host: urlOf(values.host ?? defaults.host),
      isGiven: values.host !== undefined,
      urlPath: pathOf(values.urlPath ?? defaults.urlPath),
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
    outputs: namesIn(values, 'outputs'),
    artifacts: artifactsOf(values),
    artifactDirectory: set(values.artifactDir) ?? '.',
    autoRetry: values.autoRetry === undefined ? null : { max: values.autoRetry, reasons: ['infrastructure'] },
    failureGraceSeconds: values.failureGrace ?? null,
    report: reportOf(values, service, env),
    verdict,
  };
  if (verdict === null) check(command);
  return command;
}

const set = (text: string | null | undefined): string | null => (text == null || text === '' ? null : text);

function refuse(complaint: string, names: readonly string[], separator: string): void {
  if (names.length > 0) throw new UsageError(`${complaint}: ${names.join(separator)}`);
}

/** The host as the Python command takes it, except for a slash at its end. */
const urlOf = (host: string): string =>
  host === '' ? '' : withoutTrailingSlashes(/^https?:\/\//.test(host) ? host : `https://${host}`);

/** With the slash that the host does not have at its end. */
const pathOf = (path: string): string => withoutTrailingSlashes(path.replace(/^\/*(?=[^/])/, '/'));

function serviceOf({ server, serverTimeout }: Given, env: TriggerEnvironment): Command['service'] {
  const url = server ?? fromEnvironment(env, 'PIPELINE_TRIGGER_URL', readUrl);
  if (url === null) return null;
  return {
    url,
    token: tokenFrom(env, 'PIPELINE_TRIGGER_TOKEN') ?? tokenFrom(env, 'PIPELINE_TRIGGER_ID_TOKEN'),
    timeoutSeconds: serverTimeout ?? defaults.serverTimeout,
    firstAnswerSeconds: serverTimeout ?? defaults.firstAnswer,
  };
}

const tokenFrom = (env: TriggerEnvironment, name: string): string | null =>
  set(fromEnvironment(env, name, readToken));

/** Not read with the command line: argparse's own errors come first. */
function tokenIn(values: Given, flag: 'apiToken' | 'pipelineToken'): string | null {
  const given = values[flag];
  return given === undefined ? null : namedAs(`argument ${nameOf(flags[flag])}`, () => readToken(given));
}

const fromEnvironment = <T>(env: TriggerEnvironment, name: string, read: (text: string) => T): T =>
  namedAs(name, () => read(env[name] ?? ''));

/** Names the place of a wrong value. */
function namedAs<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof WrongValue ? new UsageError(`${name}: ${error.message}`) : error;
  }
}

function variablesOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const split = splitPair(pair);
      // The value may be a secret: the error does not show it.
      if (split === null) throw new Failure('argument -e/--env: expected NAME=VALUE, there is no "="');
      return split;
    }),
  );
}

/** Job names unchanged, each once: a job must not be played twice. */
function jobsOf(list: string): Command['jobs'] {
  const names = [...new Set(splitNames(list))].filter((name) => name !== '');
  return names.length > 0 ? names : null;
}

function namesIn(values: Given, flag: 'outputs' | 'artifact'): readonly string[] {
  const names = [...new Set(values[flag])];
  if (names.includes('')) throw new UsageError(`argument ${nameOf(flags[flag])}: expected the name of a job`);
  return names;
}

/** They are there at the end, which this command has to wait for. */
function artifactsOf(values: Given): readonly string[] {
  const names = namesIn(values, 'artifact');
  const { detached, gate, commitStatus } = values;
  const other = [
    ...(detached === true ? [flags.detached] : []),
    ...(gate === undefined ? [] : [flags.gate]),
    ...(commitStatus === undefined ? [] : [flags.commitStatus]),
  ][0];
  if (names.length > 0 && other !== undefined)
    throw new UsageError(`argument ${nameOf(flags.artifact)}: not allowed with argument ${nameOf(other)}`);
  return names;
}

/** Rules, or their short form: argparse words it so where options exclude each other. */
function manualFileOf({ manual, onManual, jobs }: Given): string | null {
  if (manual === undefined) return null;
  const other = onManual !== undefined ? flags.onManual : jobs !== undefined ? flags.jobs : null;
  if (other !== null)
    throw new UsageError(`argument ${nameOf(flags.manual)}: not allowed with argument ${nameOf(other)}`);
  return manual;
}

/** The job whose end is asked for. @throws UsageError outside of GitLab CI, or without a service */
function verdictOf(service: Command['service'], env: TriggerEnvironment): Command['verdict'] {
  needsService(nameOf(flags.verdict), service);
  const job = ciJobOf(env);
  const gate = env['CI_JOB_NAME'] ?? '';
  if (job === null || gate === '')
    throw new UsageError(`argument ${nameOf(flags.verdict)}: expected to run in a job of GitLab CI`);
  return { project: job.project, pipelineId: job.pipelineId, gate };
}

/** @throws UsageError outside of GitLab CI, or without a service */
function reportOf(
  { gate, commitStatus, verdict }: Given,
  service: Command['service'],
  env: TriggerEnvironment,
): Command['report'] {
  const [flag] = [
    gate === undefined ? [] : flags.gate,
    commitStatus === undefined ? [] : flags.commitStatus,
  ].flat();
  if (flag === undefined) return null;
  if (verdict === true)
    throw new UsageError(`argument ${nameOf(flag)}: not allowed with argument ${nameOf(flags.verdict)}`);
  needsService(nameOf(flag), service);
  if (ciJobOf(env) === null)
    throw new UsageError(
      `argument ${nameOf(flag)}: expected to run in a job of GitLab CI, whose pipeline is to wait`,
    );
  if (gate === '' || commitStatus === '') throw new UsageError(`argument ${nameOf(flag)}: expected a name`);
  return { gate: gate ?? null, commitStatus: commitStatus ?? null };
}

function needsService(argument: string, service: Command['service']): void {
  if (service === null)
    throw new UsageError(`argument ${argument}: needs the service (--server or PIPELINE_TRIGGER_URL)`);
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
