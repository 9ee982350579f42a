import type { ManualRuleInput } from '../../api/manual-rules.ts';
import type { AutoRetry } from '../../domain/trigger/retried-job.ts';
import type { OnManual } from '../../domain/trigger/trigger.ts';

/** The GitLab to use, and its settings. */
export interface GitLabAddress {
  /** As the Python command forms it: the host with its scheme, without a path. */
  readonly host: string;
  /** Whether the host was given; the service knows its own GitLab. */
  readonly isGiven: boolean;
  /** `/api/v4/projects` unless said otherwise. */
  readonly urlPath: string;
  readonly verifyTls: boolean;
}

/** The service that does the work. */
export interface ServiceAddress {
  readonly url: string;
  readonly token: string | null;
  /** For how long it may be unreachable. */
  readonly timeoutSeconds: number;
  /** For how long its first answer may take. */
  readonly firstAnswerSeconds: number;
}

/** The gate job that asks for the verdict of the triggers that name it. */
export interface VerdictQuery {
  readonly project: string;
  readonly pipelineId: number;
  readonly gate: string;
}

/** What one run of `trigger` is to do. */
export interface Command {
  /** Numeric id, or path. */
  readonly project: string;
  readonly ref: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly retry: boolean;
  readonly pid: number | null;
  readonly onManual: OnManual;
  readonly jobs: readonly string[] | null;
  /** The file with rules for manual jobs, in place of these two. */
  readonly manualFile: string | null;
  /** The content of that file, once it is read. */
  readonly manual?: readonly ManualRuleInput[];
  readonly apiToken: string | null;
  readonly pipelineToken: string | null;
  readonly gitlab: GitLabAddress;
  /** Null: this process does the work itself. */
  readonly service: ServiceAddress | null;
  readonly sleepSeconds: number;
  readonly timeoutSeconds: number | null;
  readonly detached: boolean;
  readonly output: boolean;
  readonly verbose: boolean;
  readonly cancelOnInterrupt: boolean;
  readonly json: boolean;
  readonly dotenv: string | null;
  readonly detailedExitcode: boolean;
  /** The jobs whose dotenv values are read at the end. */
  readonly outputs: readonly string[];
  /** What is downloaded at the end: `JOB` or `JOB:PATH`. */
  readonly artifacts: readonly string[];
  readonly artifactDirectory: string;
  /** Which failed jobs are retried; null: none. */
  readonly autoRetry: AutoRetry | null;
  readonly failureGraceSeconds: number | null;
  /** The command ends once the service has the request, which reports the end to this pipeline; null: it waits. */
  readonly report: { readonly gate: string | null; readonly commitStatus: string | null } | null;
  /** Nothing is triggered: the command ends as the triggers did that name this job as their gate. */
  readonly verdict: VerdictQuery | null;
}

export type TriggerEnvironment = Readonly<Record<string, string | undefined>>;

/** Whether Python's `int()` accepts the text: an id, not a path. */
export const isProjectId = (project: string): boolean => /^\s*[+-]?\d+\s*$/.test(project);

/** Whether an existing pipeline is searched for first. */
export const wantsRetry = ({ retry, pid }: Command): boolean => retry || pid !== null;

/** The secrets of a command. */
export const secretsOf = ({ apiToken, pipelineToken, service, gitlab }: Command): readonly string[] =>
  [apiToken, pipelineToken, service?.token, passwordIn(gitlab.host), passwordIn(service?.url)].flatMap(
    (secret) => (secret == null || secret === '' ? [] : [secret]),
  );

const passwordIn = (url: string | undefined): string | null =>
  url !== undefined && URL.canParse(url) ? decodeURIComponent(new URL(url).password) : null;
