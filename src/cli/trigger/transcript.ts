import { coloredText, plainJson, plainLine } from '../../domain/terminal-text.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Candidate, Outcome } from '../../domain/trigger/trigger.ts';
import type { Command } from './command.ts';
import { wantsRetry } from './command.ts';
import type { Progress } from './progress.ts';

type Status = Extract<TimelineEntry, { type: 'status' }>;

/** The output of the Python command, line by line. Scripts parse it: nothing else may be written to stdout. */
export interface Transcript {
  readonly report: (progress: Progress) => void;
  /** The pipeline is known, and the command waits for it. */
  readonly wait: () => void;
  readonly detach: () => void;
  readonly logs: () => void;
  readonly job: (name: string) => void;
  readonly trace: (text: string) => void;
  readonly verdict: (outcome: Outcome) => void;
}

interface Options {
  readonly command: Command;
  /** Whether the pipeline's page is shown: the Python command reads it with the API token. */
  readonly showsPage: boolean;
  /** `--verbose` without access to GitLab's own answers: shows what they must have contained instead. */
  readonly showsResponses: boolean;
  readonly print: (text: string) => void;
}

/** The pipeline's page in the form of the Python command, from GitLab's URL. */
const pageOf = ({ pipelineId, webUrl }: Status): string | null =>
  webUrl?.replace(/(?:\/-)?\/pipelines\/\d+$/, `/pipelines/${pipelineId}`) ?? null;

const isOutdated = ({ sha, tip }: Candidate): boolean => sha !== tip;
const isRunAgain = (candidate: Candidate): boolean =>
  !isOutdated(candidate) && candidate.status !== 'success';

/** The last line, in the words of the Python command; null where it says nothing. */
export function verdictLine(
  outcome: Outcome,
  page: { readonly webUrl: string | null } | null,
): string | null {
  if (outcome === 'success') return 'Pipeline succeeded';
  if (outcome === 'manual_passed') return 'Pipeline status is "manual", action "pass"';
  return outcome === 'deadline' || page === null
    ? null
    : `Pipeline failed! Check details at '${page.webUrl ?? ''}'`;
}

// eslint-disable-next-line max-lines-per-function -- one line of the transcript depends on those before it
export function createTranscript({ command, showsPage, showsResponses, print }: Options): Transcript {
  const { ref, pid, onManual, jobs: named, gitlab } = command;
  const statuses = new Map<string, string>();
  let projectId = command.project;
  let candidate: Candidate | null = null;
  let pipeline: Status | null = null;
  let isWaiting = false;
  let isInLine = false;

  const put = (text: string): void => {
    isInLine = !text.endsWith('\n');
    print(text);
  };
  const line = (text: string): void => put(`${plainLine(text)}\n`);
  const paragraph = (text: string): void => {
    put('\n');
    line(text);
  };
  const respond = (name: string, body: unknown): void => {
    if (showsResponses) line(`Response ${name}: ${plainJson(body)}`);
  };

  function begin(): void {
    if (pid !== null) line(`Fetching for pipeline '${pid}' for project id ${projectId} ...`);
    else if (command.retry) line(`Looking for pipeline '${ref}' for project id ${projectId} ...`);
    else line(`Triggering pipeline for ref '${ref}' for project id ${projectId}`);
  }

  function find(found: Candidate): void {
    if (candidate !== null) return;
    candidate = found;
    const { id, status, sha, tip } = found;
    if (pid === null) respond('get_last_pipeline', [{ id, status, sha, ref }]);
    else respond('get_pipeline', { id, status, sha, ref });
    respond('get_sha', { id: tip });
    line(`Found ${isOutdated(found) ? 'outdated' : 'up to date'} pipeline ${id} with status '${status}'`);
    const shas = `sha: ${sha.slice(0, 6)}, tip is ${tip.slice(0, 6)}`;
    if (isOutdated(found)) line(`Pipeline ${id} for ${ref} outdated (${shas}) - re-running ...`);
    else if (isRunAgain(found)) line(`Retrying pipeline ${id} ...`);
    else line(`Pipeline ${id} already in state 'success' - re-running ...`);
  }

  function know(status: Status): void {
    const isNew = pipeline?.pipelineId !== status.pipelineId;
    pipeline = status;
    if (!isNew || (candidate === null ? pid === status.pipelineId : isRunAgain(candidate))) return;
    respond('create_pipeline', { id: status.pipelineId, status: status.status, ref, web_url: status.webUrl });
    line(`Pipeline created (id: ${status.pipelineId})`);
    const page = pageOf(status);
    if (showsPage && !wantsRetry(command) && page !== null) line(`See pipeline at ${page}`);
  }

  /** Whether one of the waiting jobs is to be played. */
  const hasJobToPlay = (): boolean =>
    [...statuses].some(([name, status]) => status === 'manual' && (named === null || named.includes(name)));

  function end(outcome: Outcome): void {
    const isStuck = outcome === 'manual' || outcome === 'skipped';
    if (onManual === 'play' && isStuck && !hasJobToPlay()) paragraph('No manual jobs found!');
    if (isWaiting && outcome !== 'deadline') put('.');
    if (isInLine) line('');
  }

  function fail(error: string, isLast: boolean): void {
    paragraph(`Polling for status failed: ${error}`);
    if (!isLast) return;
    const url = `${gitlab.host}${gitlab.urlPath}/${projectId}/pipelines/${pipeline?.pipelineId ?? ''}`;
    line('Polling failed 5 consecutive times. Please verify the pipeline url:');
    line(`   curl -s -X GET -H "PRIVATE-TOKEN: <private token>" ${url}`);
    line('check your api token, or check if there are connection issues.');
    line('');
  }

  const show: { readonly [Type in Progress['type']]: (progress: Extract<Progress, { type: Type }>) => void } =
    {
      project: ({ id }) => {
        projectId = id;
        begin();
      },
      state: ({ candidate: found }) => {
        if (found !== undefined) find(found);
      },
      status: know,
      job: ({ name, status }) => void statuses.set(name, status),
      played: ({ name, stage }) => paragraph(`Playing manual job "${name}" from stage "${stage}"...`),
      accepted: () => undefined,
      // Nothing to play by ourselves: the page of the trigger asks for it.
      approval: () => undefined,
      looked: () => {
        if (isWaiting) put('.');
      },
      lookFailed: ({ error, isLast }) => fail(error, isLast),
      outcome: ({ outcome }) => end(outcome),
    };

  return {
    report: (progress) => show[progress.type](progress as never),
    wait: () => {
      isWaiting = true;
      line(`Waiting for pipeline ${pipeline?.pipelineId ?? ''} to finish ...`);
    },
    detach: () => line('Detached mode: not monitoring pipeline status - exiting now.'),
    logs: () => line(`Pipeline ${pipeline?.pipelineId ?? ''} job output:`),
    job: (name) => line(`Job: ${name}`),
    trace: (text) => put(`${coloredText(text)}\n\n`),
    verdict: (outcome) => {
      const said = verdictLine(outcome, pipeline);
      if (said !== null) line(said);
    },
  };
}
