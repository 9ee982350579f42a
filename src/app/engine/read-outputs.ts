import { AppError } from '../../domain/error.ts';
import { artifactPath } from '../../domain/trigger/artifact-path.ts';
import type { JobOutputs, Outputs, OutputsFrom } from '../../domain/trigger/outputs.ts';
import {
  joinOutputs,
  mostOutputJobs,
  outputJobsOf,
  parseDotenv,
  unmetOutputs,
} from '../../domain/trigger/outputs.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning } from '../../domain/trigger/trigger.ts';
import type { Clock, GitLab } from '../ports/index.ts';
import type { OwnedJob } from '../triggers/pipelines-of-caller.ts';
import { jobsOfPipelines, pipelinesOfCaller } from '../triggers/pipelines-of-caller.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { AccessFor } from './gitlab-access.ts';
import type { Performer } from './perform.ts';

interface Deps {
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  /** Aborts when the service stops: what was not read then is read by the next process. */
  readonly signal: AbortSignal;
}

/** A verdict waits so long for its outputs: what has not been read by then is not, and the trigger ends. */
export const outputsMs = 10_000;
/** So many jobs are read together. */
const together = 4;

const unread = (problem: string): Outputs => ({ values: {}, problem });

const late = `GitLab did not give them within ${outputsMs / 1000} seconds`;

/**
 * Reads what the jobs of an ended pipeline handed on, and with it ends the trigger. Whatever becomes of it, the verdict
 * stays, and comes in time.
 */
export function createReadOutputs({ accessFor, applyEvent, clock, signal }: Deps): Performer {
  async function within(read: (gone: AbortSignal) => Promise<Outputs>): Promise<Outputs> {
    const over = new AbortController();
    const gone = AbortSignal.any([over.signal, signal]);
    const timeUp = clock.sleep(outputsMs, gone).then(() => unread(late));
    try {
      return await Promise.race([read(gone), timeUp]);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'storage_unavailable') throw error;
      return unread(error.message);
    } finally {
      over.abort();
    }
  }

  return async function readOutputs(trigger) {
    const { ending, request } = trigger;
    if (ending === undefined || !isRunning(trigger)) return;
    const { gitlab, mayRead } = await accessFor(trigger);
    const outputs = mayRead
      ? await within((gone) => outputsOf(gitlab, trigger, request.outputs ?? [], gone))
      : unread('there is no GitLab token to read them');
    if (signal.aborted) return;
    await applyEvent(trigger.id, { type: 'outputsRead', at: clock.now(), outputs, since: ending.since });
  };
}

async function outputsOf(
  gitlab: GitLab,
  trigger: Trigger,
  from: readonly OutputsFrom[],
  gone: AbortSignal,
): Promise<Outputs> {
  const jobs = await jobsOfPipelines(gitlab, pipelinesOfCaller(trigger));
  const named = new Set(from.map(({ job }) => job));
  const meant = outputJobsOf(from, jobs);
  // A pattern may fit jobs that hand on nothing; a job that is named should.
  const read = meant.filter((job) => has(job, 'dotenv') || named.has(job.name));
  const problems = unmetOutputs(from, jobs).map((name) => `${name}: there is no such job`);
  if (read.length > mostOutputJobs)
    problems.push(`${read.length - mostOutputJobs} of ${read.length} jobs were not read`);
  const queue = read.slice(-mostOutputJobs);
  const results: JobOutputs[] = [];
  const work = async (): Promise<void> => {
    for (let job = queue.pop(); job !== undefined && !gone.aborted; job = queue.pop())
      results.push({ id: job.id, name: job.name, read: await readJob(gitlab, job, gone) });
  };
  await Promise.all(Array.from({ length: together }, work));
  return joinOutputs(results, problems);
}

const has = ({ artifacts }: OwnedJob, wanted: string): boolean =>
  artifacts.some(({ type }) => type === wanted);

async function readJob(
  gitlab: GitLab,
  job: OwnedJob & { readonly file: string },
  gone: AbortSignal,
): Promise<JobOutputs['read']> {
  const path = artifactPath(job.file);
  if (path === null) return `${JSON.stringify(job.file)} is no path in its artifacts`;
  if (!has(job, 'dotenv') && !has(job, 'archive')) return 'it has no dotenv report';
  try {
    return parseDotenv(await gitlab.readDotenv(job.project, job.id, path, gone));
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}
