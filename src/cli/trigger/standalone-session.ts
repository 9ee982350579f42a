import type { TriggerView } from '../../api/trigger-view.ts';
import type { Engine } from '../../app/create-engine.ts';
import type { Clock, GitLab, Secrets } from '../../app/ports/index.ts';
import { Failure } from '../../client/errors.ts';
import { AppError } from '../../domain/error.ts';
import type { JobId, TriggerId } from '../../domain/ids.ts';
import { artifactPath } from '../../domain/trigger/artifact-path.ts';
import { changesBetween } from '../../domain/trigger/timeline.ts';
import type { Trigger, TriggerRequest } from '../../domain/trigger/trigger.ts';
import { isFinished, isRunning, pipelineOf, projectOf, requested } from '../../domain/trigger/trigger.ts';
import type { PrintedLog, Progress, Session } from './progress.ts';
import type { AsyncQueue } from './async-queue.ts';

/** How often to check whether a poll is due. */
const tickMs = 100;
/** The interval for a pipeline that was just canceled. */
const cancelLookMs = 1_000;

interface Deps {
  readonly engine: Engine;
  readonly id: TriggerId;
  readonly clock: Clock;
  /** The numeric id of the project. @throws Failure */
  readonly findProject: () => Promise<string>;
  readonly requestFor: (projectId: string) => TriggerRequest;
  readonly secrets: Secrets;
  readonly mayRead: boolean;
  /** GitLab, for reading logs after the outcome. */
  readonly gitlabForLogs: () => GitLab;
  /** The queue that the watchers of GitLab add to as well. */
  readonly queue: AsyncQueue<Progress>;
  readonly show: (trigger: Trigger) => Partial<TriggerView>;
}

/** Follows one trigger with an engine in this process, whose only source of updates is polling. */
export function createStandaloneSession(deps: Deps): Session {
  const { engine, id, clock, queue, mayRead } = deps;
  const over = new AbortController();
  let latest: Trigger | null = null;
  let isCanceled = false;
  /** A poll is over once the jobs that it leads to are played. */
  let isLooking = false;

  function see(trigger: Trigger): void {
    const before = latest ?? trigger;
    latest = trigger;
    for (const entry of changesBetween(before, trigger)) queue.push(entry);
    if (isFinished(trigger)) {
      queue.close();
      return;
    }
    isLooking ||= isRunning(before) && trigger.observedAt > before.observedAt;
    const isPlaying = trigger.played.some(({ progress }) => progress === 'intended');
    if (isLooking && !isPlaying) queue.push({ type: 'looked' });
    isLooking &&= isPlaying;
    // The first poll follows immediately; after a retry the engine polls by itself.
    if (!isRunning(before) && isRunning(trigger) && trigger.retry === null && mayRead) look();
  }

  const look = (): void => void engine.steer.reconcile(id);

  async function sweep(): Promise<void> {
    while (!over.signal.aborted) {
      await engine.sweep.round();
      await clock.sleep(tickMs, over.signal);
    }
  }

  async function lookOften(): Promise<void> {
    while (!over.signal.aborted) {
      look();
      await clock.sleep(cancelLookMs, over.signal);
    }
  }

  return {
    mayRead,
    isRemote: false,
    async *follow(signal) {
      signal.addEventListener('abort', () => queue.close(), { once: true });
      const projectId = await deps.findProject();
      if (isCanceled) return;
      yield { type: 'project', id: projectId };
      const request = deps.requestFor(projectId);
      latest = requested(id, 'trigger', request, clock.now());
      engine.waiters.subscribe(id, see);
      await engine.startTrigger({ caller: 'trigger', request, secrets: deps.secrets, key: null });
      void sweep();
      yield* queue;
    },
    cancel: async () => {
      isCanceled = true;
      if (latest === null) return;
      await engine.steer.cancel(id, 'trigger');
      void lookOften();
    },
    failedJobs: async () => {
      const explained = latest === null ? null : await engine.explainFailure(latest);
      return explained?.state.kind === 'finished' ? explained.state.failedJobs : [];
    },
    artifacts: {
      jobs: async () =>
        new Set(latest === null ? [] : (await engine.artifacts.list(latest)).map(({ job }) => job)),
      open: ({ job, path }) => {
        const names = path === null ? null : artifactPath(path);
        if (latest === null || (path !== null && names === null))
          throw new Failure('there is no such file in the archive');
        return engine.artifacts.read(latest, { job, path: names }, over.signal);
      },
    },
    logs: () => readLogs(latest, deps.gitlabForLogs),
    show: () => Promise.resolve(latest === null ? null : deps.show(latest)),
    close: () => {
      over.abort();
      // Not awaited: a hanging request must not keep the process alive.
      void engine.stop();
    },
  };
}

async function readLogs(trigger: Trigger | null, connect: () => GitLab): Promise<readonly PrintedLog[]> {
  const pipeline = trigger === null ? null : pipelineOf(trigger);
  if (trigger === null || pipeline === null) return [];
  const project = projectOf(trigger, pipeline);
  const gitlab = connect();
  const { jobs } = await gitlab.readPipeline(project, pipeline.id, { traces: false }).catch(noLogs);
  return jobs
    .toSorted((one, other) => other.id - one.id)
    .map(({ id, name }) => ({ name, read: () => wholeTrace(gitlab, project, id).catch(emptyIfNotFound) }));
}

async function wholeTrace(gitlab: GitLab, project: string, id: JobId): Promise<string> {
  let trace = '';
  for await (const piece of await gitlab.readTrace(project, id)) trace += piece;
  return trace;
}

function noLogs(error: unknown): never {
  throw error instanceof AppError ? new Failure(`the logs cannot be read: ${error.message}`) : error;
}

/** A trigger job has no log. */
const emptyIfNotFound = (error: unknown): string =>
  error instanceof AppError && error.code === 'not_found' ? '' : noLogs(error);
