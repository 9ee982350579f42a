import { Failure } from '../../client/failure.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Command, TriggerEnvironment } from './command.ts';
import { wantsRetry } from './command.ts';
import type { DotenvFile } from './dotenv-file.ts';
import { exitCodeOf, outcomeExitCodes } from './exit-code.ts';
import { failureReport } from './failure-report.ts';
import type { Interruptible } from './interrupt.ts';
import { onInterrupt } from './interrupt.ts';
import { createJobLines } from './job-lines.ts';
import { noteOn } from './outcome-notes.ts';
import type { Session } from './progress.ts';
import type { Screen } from './screen.ts';
import type { Transcript } from './transcript.ts';
import { createTranscript } from './transcript.ts';

type OutcomeEntry = Extract<TimelineEntry, { type: 'outcome' }>;

/** How following came to its end: with an outcome, or before. */
type End = OutcomeEntry | 'detached' | 'interrupted' | 'unknown';

interface Deps {
  readonly command: Command;
  readonly session: Session;
  readonly screen: Screen;
  readonly dotenv: DotenvFile | null;
  readonly process: Interruptible;
  readonly env: TriggerEnvironment;
}

/** How long GitLab has to show a pipeline as canceled. */
const cancelMs = 10_000;

/**
 * Triggers, waits and tells how it ended.
 * @returns the exit code
 */
export async function run(deps: Deps): Promise<number> {
  const { command, session, screen } = deps;
  const ending = new AbortController();
  const interruption = command.cancelOnInterrupt ? cancelOnInterrupt(deps, ending) : null;
  try {
    return await runToTheEnd(deps, ending.signal, interruption);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    screen.note(`error: ${error.message}`);
    return error.exitCode;
  } finally {
    interruption?.leave();
    screen.showBelow([]);
    if (command.json) await printJson(deps);
    session.close();
  }
}

async function runToTheEnd(
  deps: Deps,
  signal: AbortSignal,
  interruption: Interruption | null,
): Promise<number> {
  const { command, session, screen } = deps;
  const transcript = createTranscript({
    command,
    showsPage: session.mayRead,
    showsResponses: command.verbose && session.isRemote,
    print: screen.print,
  });
  const end = await follow(deps, transcript, signal);
  interruption?.tell(end);
  if (end === 'unknown') return outcomeExitCodes.unknown;
  if (end === 'interrupted') return outcomeExitCodes.failed;
  if (end === 'detached' || (command.detached && end.outcome !== 'error')) {
    transcript.detach();
    return outcomeExitCodes.success;
  }
  const { outcome, reason } = end;
  if (command.output && outcome !== 'deadline' && outcome !== 'error') await printLogs(session, transcript);
  transcript.verdict(outcome);
  const note = noteOn(outcome, reason);
  if (note !== null) screen.note(note);
  if (outcome === 'failed') await reportFailure(deps);
  return exitCodeOf(outcome, command.detailedExitcode);
}

async function follow(
  { command, session, screen, dotenv }: Deps,
  transcript: Transcript,
  signal: AbortSignal,
): Promise<End> {
  const { detached, onManual } = command;
  const tellJobs = createJobLines(screen, session.isRemote);
  // Before it leaves, a retry must have been sent, and a job that blocks be played.
  const looksFirst = onManual === 'play' || wantsRetry(command);
  let isKnown = false;
  for await (const progress of session.follow(signal)) {
    transcript.tell(progress);
    tellJobs(progress);
    if (progress.type === 'outcome') return progress;
    if (progress.type === 'lookFailed' && progress.isLast) return 'unknown';
    if (progress.type === 'looked' && detached) return 'detached';
    if (progress.type !== 'status') continue;
    dotenv?.write({ id: progress.pipelineId, url: progress.webUrl, status: progress.status });
    if (isKnown) continue;
    isKnown = true;
    if (!session.mayRead && (!detached || onManual === 'play')) throw new Failure(missingToken(detached));
    if (!detached) transcript.wait();
    else if (!looksFirst) return 'detached';
  }
  return 'interrupted';
}

const missingToken = (isDetached: boolean): string =>
  isDetached
    ? 'playing manual jobs requires an api token (-a parameter missing)'
    : 'pipeline status checks require an api token (-a parameter missing)';

async function printLogs(session: Session, transcript: Transcript): Promise<void> {
  const logs = await session.logs();
  transcript.logs();
  for (const { name, read } of logs) {
    transcript.job(name);
    transcript.trace(await read());
  }
}

async function reportFailure({ session, screen, env }: Deps): Promise<void> {
  const failedJobs = await session.failedJobs();
  const inGitLab = (env['GITLAB_CI'] ?? '') !== '';
  screen.report(failureReport(failedJobs, { inGitLab, hasColors: screen.hasColors, now: Date.now() }));
}

async function printJson({ session, screen }: Deps): Promise<void> {
  const trigger = await session.show();
  if (trigger !== null) screen.print(`${JSON.stringify(trigger)}\n`);
}

interface Interruption {
  readonly leave: () => void;
  /** Says what became of the pipeline, if there was an interruption. */
  readonly tell: (end: End) => void;
}

function cancelOnInterrupt({ process, session, screen }: Deps, ending: AbortController): Interruption {
  let timer: NodeJS.Timeout | null = null;
  let isLate = false;
  const leave = onInterrupt(process, () => {
    screen.note('interrupted: canceling the pipeline');
    timer = setTimeout(() => {
      isLate = true;
      ending.abort();
    }, cancelMs);
    session.cancel().catch((error: unknown) => screen.note(`it cannot be canceled: ${String(error)}`));
  });
  return {
    leave: () => {
      leave();
      if (timer !== null) clearTimeout(timer);
    },
    tell: (end) => {
      if (timer === null) return;
      if (!isLate && typeof end === 'string') screen.note('nothing had been triggered yet');
      else if (typeof end === 'string')
        screen.note(`error: GitLab does not show the pipeline as canceled ${cancelMs / 1000} seconds later`);
      else if (end.outcome === 'canceled') screen.note('GitLab shows the pipeline as canceled');
      else screen.note(`the pipeline had come to its end before: ${end.outcome}`);
    },
  };
}
