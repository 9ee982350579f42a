import { Failure } from '../../client/errors.ts';
import { plainJson, plainLine } from '../../domain/terminal-text.ts';
import { lateText } from '../../domain/trigger/end-seen.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Interruption } from './cancel-on-interrupt.ts';
import { cancelOnInterrupt } from './cancel-on-interrupt.ts';
import type { Command, TriggerEnvironment } from './command.ts';
import { wantsRetry } from './command.ts';
import { downloadArtifacts } from './download.ts';
import type { DotenvFile } from './dotenv-file.ts';
import { exitCodeOf, outcomeExitCodes } from './exit-code.ts';
import { failureReport } from './failure-report.ts';
import type { Heartbeat } from './heartbeat.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { Interruptible } from './interrupt.ts';
import { createJobLines } from './job-lines.ts';
import { createMissingJobs } from './missing-jobs.ts';
import { noteOn } from './outcome-notes.ts';
import type { Session } from './progress.ts';
import type { Screen } from './screen.ts';
import { readVerdict } from './read-verdict.ts';
import type { Transcript } from './transcript.ts';
import { createTranscript, verdictLine } from './transcript.ts';

type OutcomeEntry = Extract<TimelineEntry, { type: 'outcome' }>;

/** How following came to its end: with an outcome, or before. */
type End = OutcomeEntry | 'detached' | 'accepted' | 'interrupted' | 'unknown';

interface Deps {
  readonly command: Command;
  readonly session: Session;
  readonly screen: Screen;
  readonly dotenv: DotenvFile | null;
  readonly process: Interruptible;
  readonly env: TriggerEnvironment;
}

/**
 * Triggers, waits and reports the outcome.
 * @returns the exit code
 */
export async function run(deps: Deps): Promise<number> {
  const { command, session, screen, process } = deps;
  const ending = new AbortController();
  const interruption = command.cancelOnInterrupt
    ? cancelOnInterrupt({ process, session, note: screen.note, ending })
    : null;
  try {
    return await runToTheEnd(deps, ending.signal, interruption);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    screen.note(`error: ${error.message}`);
    return interruption?.reportUnsent() === true ? outcomeExitCodes.unknown : error.exitCode;
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
  if (command.verdict !== null) return runVerdict(deps, signal);
  const transcript = createTranscript({
    command,
    showsPage: session.mayRead,
    showsResponses: command.verbose && session.isRemote,
    print: screen.print,
  });
  const heartbeat = startHeartbeat(screen.note);
  const end = await follow(deps, transcript, signal, heartbeat).finally(heartbeat.stop);
  const interrupted = interruption?.report(typeof end === 'string' ? null : end.outcome) ?? null;
  if (interrupted !== null) return interrupted;
  if (end === 'unknown') return outcomeExitCodes.unknown;
  if (end === 'interrupted') return outcomeExitCodes.failed;
  if (end === 'accepted') return outcomeExitCodes.success;
  if (end === 'detached' || (command.detached && end.outcome !== 'error')) {
    transcript.detach();
    return outcomeExitCodes.success;
  }
  const { outcome, reason } = end;
  if (command.output && outcome !== 'deadline' && outcome !== 'error') await printLogs(session, transcript);
  transcript.verdict(outcome);
  const note = noteOn(outcome, reason);
  if (note !== null) screen.note(note);
  // Without a service nothing but polling finds an end.
  if (end.endSeenBy === 'poll' && session.isRemote)
    screen.note(`the end was ${lateText(end.endSeenLateSeconds, end.project ?? null)}`);
  if (outcome === 'failed') await reportFailure(deps);
  return withFiles(deps, exitCodeOf(outcome, command.detailedExitcode));
}

/** Takes what the jobs handed on. @returns the exit code: of a success that lacks a file, that of a failure */
async function withFiles({ command, session, screen, dotenv }: Deps, code: number): Promise<number> {
  const { artifacts, artifactDirectory: directory } = command;
  if (command.outputs.length > 0 || command.verdict !== null) await addOutputs(session, screen, dotenv);
  const { note } = screen;
  const isComplete = await downloadArtifacts(artifacts, { session, note, directory });
  return isComplete || code !== outcomeExitCodes.success ? code : outcomeExitCodes.failed;
}

async function addOutputs(session: Session, { note }: Screen, dotenv: DotenvFile | null): Promise<void> {
  const { outputs, outputsProblem } = (await session.show()) ?? {};
  if (outputs !== undefined) dotenv?.addOutputs(outputs);
  if (outputsProblem != null) note(`outputs: ${outputsProblem}`);
}

async function follow(
  { command, session, screen, dotenv }: Deps,
  transcript: Transcript,
  signal: AbortSignal,
  heartbeat: Heartbeat,
): Promise<End> {
  const { detached, onManual } = command;
  const tellJobs = createJobLines(screen, session.isRemote);
  // Before a detached command ends, a retry must have been sent, and a blocking job been played.
  const looksFirst = onManual === 'play' || wantsRetry(command);
  const missingJobs = createMissingJobs(onManual === 'play' ? command.jobs : null);
  let isKnown = false;
  for await (const progress of session.follow(signal)) {
    transcript.report(progress);
    tellJobs(progress);
    heartbeat.see(progress);
    missingJobs.see(progress);
    const mayLeave = progress.type === 'outcome' || (progress.type === 'looked' && detached);
    const missing = mayLeave ? missingJobs.note() : null;
    if (missing !== null) screen.note(missing);
    if (progress.type === 'accepted') {
      screen.note(acceptedNote(progress.id, command));
      return 'accepted';
    }
    if (progress.type === 'outcome') return progress;
    if (progress.type === 'lookFailed' && progress.isLast) return 'unknown';
    if (mayLeave) return 'detached';
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

/** `--verdict`: ends as the triggers did that name this job as their gate. */
async function runVerdict(deps: Deps, signal: AbortSignal): Promise<number> {
  const { command, session, screen, dotenv } = deps;
  const verdict = await readVerdict(session, dotenv, signal);
  if (verdict === null) return outcomeExitCodes.failed;
  const { outcome, reason } = verdict;
  const said = verdictLine(outcome, verdict.webUrl === null ? null : verdict);
  if (said !== null) screen.print(`${plainLine(said)}\n`);
  const note = noteOn(outcome, reason);
  if (note !== null) screen.note(note);
  if (outcome === 'failed') await reportFailure(deps);
  return withFiles(deps, exitCodeOf(outcome, command.detailedExitcode));
}

function acceptedNote(id: string, { report }: Command): string {
  const [gate, status] = [report?.gate ?? null, report?.commitStatus ?? null];
  const what = [
    ...(gate === null ? [] : [`plays the job ${gate}`]),
    ...(status === null ? [] : [`sets the commit status ${status}`]),
  ];
  return `the service has the request as ${id}; at its end it ${what.join(' and ')}`;
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
  if (trigger !== null) screen.print(`${plainJson(trigger)}\n`);
}
