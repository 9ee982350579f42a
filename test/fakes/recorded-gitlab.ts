import { inPieces } from '../support/streams.ts';
import type { ConnectGitLab, GitLab, PipelineOfRef } from '../../src/app/ports/index.ts';
import { AppError } from '../../src/domain/error.ts';
import type { PipelineReading, PipelineSnapshot } from '../../src/domain/trigger/event.ts';
import type { History, Hook, Moment } from '../support/histories/history.ts';

/** A GitLab that lives through one recorded history. It waits where the trigger had its part in it. */
export interface RecordedGitLab {
  readonly connect: ConnectGitLab;
  /** Every call so far, by the name of its method. */
  readonly calls: string[];
  /** What it answered to those who asked where the pipeline stands. */
  readonly answers: PipelineReading[];
  /** What the trigger had it do that is not in the history. */
  readonly surprises: string[];
  /** Lives on to the next moment; false where that needs somebody who has not acted yet. */
  readonly liveOn: () => boolean;
  readonly now: () => Moment;
  /** The hooks it has sent until now. */
  readonly sent: () => readonly Hook[];
  /** How often from now on it will still wait for the trigger. */
  readonly waitsLeft: () => number;
}

/** @param begun resolves when the request to create the pipeline may be answered */
export function createRecordedGitLab(
  { moments }: History,
  { whenCreated = Promise.resolve(), startAt = 0 }: { whenCreated?: Promise<unknown>; startAt?: number } = {},
): RecordedGitLab {
  let position = startAt;
  let isMade = startAt > 0;
  const calls: string[] = [];
  const answers: PipelineReading[] = [];
  const surprises: string[] = [];
  const now = (): Moment => moments[position] as Moment;
  const next = (): Moment | undefined => moments[position + 1];
  const waitsForUs = (moment: Moment | undefined): boolean => moment?.opening?.who === 'we';

  const snapshot = (): PipelineSnapshot => ({ ...now().reading, jobs: null });
  const ofRef = (): PipelineOfRef => ({ ...snapshot(), ref: 'main', sha: 'tip' });
  const refuse = (message: string): Promise<never> => Promise.reject(new AppError('gitlab_refused', message));

  /** What somebody does moves the history on if it is what somebody did in it. */
  function act(name: string, played: number | null): Promise<void> {
    const opening = next()?.opening;
    if (opening == null || opening.played !== played) {
      surprises.push(`${name} ${played ?? ''}`);
      return refuse('400 Bad request - Unplayable Job');
    }
    position += 1;
    return Promise.resolve();
  }

  const gitlab: GitLab = {
    async createPipeline() {
      if (isMade) surprises.push('createPipeline');
      isMade = true;
      const pipeline = snapshot();
      await whenCreated;
      return { pipeline, configError: null };
    },
    findPipeline: () => Promise.resolve(isMade ? ofRef() : null),
    findStarted: () => Promise.resolve(isMade ? snapshot() : null),
    checkProject: () => Promise.resolve(),
    nameProject: () => Promise.resolve({ id: '1', path: 'group/app' }),
    newestPipeline: () => Promise.resolve(ofRef()),
    showPipeline: () => Promise.resolve(ofRef()),
    tipOf: () => Promise.resolve('tip'),
    readPipeline() {
      answers.push(now().reading);
      return Promise.resolve(now().reading);
    },
    pipelinesAfter: () => Promise.resolve([]),
    listPipelines: () => Promise.resolve(isMade ? [snapshot()] : []),
    pauseMs: () => Promise.resolve(0),
    playJob: (_project, id) => act('playJob', id),
    retryPipeline: () => act('retryPipeline', null),
    retryJob: (_project, id) => act('retryJob', id),
    hasFailedStatus: () => Promise.resolve(false),
    cancelPipeline: () => act('cancelPipeline', null),
    postCommitStatus: () => Promise.resolve(),
    commitStatuses: () => Promise.resolve([]),
    withTraces: (_project, failedJobs) => Promise.resolve(failedJobs),
    readTrace: () => Promise.resolve(inPieces()),
    jobArtifacts: () => Promise.resolve([]),
    artifactsOfJob: () => refuse('404 Not found'),
    readArtifact: () => refuse('404 Not found'),
    readDotenv: () => refuse('404 Not found'),
  };

  return {
    connect: () => noted(gitlab, calls),
    calls,
    answers,
    surprises,
    liveOn() {
      if (next() === undefined || waitsForUs(next())) return false;
      position += 1;
      return true;
    },
    now,
    sent: () => moments.slice(0, position + 1).flatMap(({ hooks }) => hooks),
    waitsLeft: () => moments.slice(position + 1).filter(waitsForUs).length,
  };
}

const noted = (gitlab: GitLab, calls: string[]): GitLab =>
  Object.fromEntries(
    Object.entries(gitlab).map(([name, method]) => [
      name,
      (...args: never[]): Promise<unknown> => {
        calls.push(name);
        return (method as (...args: never[]) => Promise<unknown>)(...args);
      },
    ]),
  ) as unknown as GitLab;
