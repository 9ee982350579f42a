import { randomUUID } from 'node:crypto';
import type { Clock } from '../../app/ports/index.ts';
import { Failure } from '../../client/errors.ts';
import { readEvents } from '../../client/read-events.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import { ciJobOf, idempotencyKey } from './ci-identity.ts';
import type { Command, TriggerEnvironment, ServiceAddress } from './command.ts';
import { isProjectId } from './command.ts';
import { followService, showTrigger } from './follow-service.ts';
import type { Progress, Session } from './progress.ts';
import { createAsyncQueue } from './async-queue.ts';
import { readLogText } from './read-log-text.ts';
import { failedJobsIn, triggerIn } from './service-answer.ts';
import { serviceArtifacts } from './service-artifacts.ts';
import { createServiceClient } from './service-client.ts';
import { serviceRequestOf } from './request.ts';
import { createTicker } from './ticker.ts';
import { traceParentOf } from './trace-parent.ts';

interface Deps {
  readonly env: TriggerEnvironment;
  readonly clock: Clock;
  readonly note: (message: string) => void;
}

/** The timeout for the state of the trigger when this command is interrupted. */
const lastLookMs = 3_000;

type JobEntry = Extract<TimelineEntry, { type: 'job' }>;

/** Triggers by the service, and follows the trigger. */
// eslint-disable-next-line max-lines-per-function -- its steps share the trigger that is followed
export function openServiceSession(
  command: Command,
  address: ServiceAddress,
  { env, clock, note }: Deps,
): Session {
  const client = createServiceClient({ address, clock, note, headers: traceParentOf(env) });
  const queue = createAsyncQueue<Progress>();
  const ticker = createTicker(command, () => queue.push({ type: 'looked' }));
  const jobs = new Map<number, JobEntry>();
  let id: TriggerId | null = null;
  const created = Promise.withResolvers<TriggerId>();
  let isInterrupted = false;

  async function create(): Promise<TriggerId> {
    const job = ciJobOf(env);
    const body = serviceRequestOf(command, job);
    // The same key at every attempt: a repeated request creates one trigger.
    const headers = { 'idempotency-key': idempotencyKey(job, body, randomUUID()) };
    const answer = await client.ask('/v1/triggers', { method: 'POST', body, headers });
    const trigger = triggerIn(await answer.json());
    if (trigger === null) throw new Failure(`what is at ${address.url} is not pipeline-trigger`);
    return trigger.id as TriggerId;
  }

  const steer = (to: string): Promise<Response> =>
    client.ask(`/v1/triggers/${id ?? ''}/${to}`, { method: 'POST' });

  async function projectId(trigger: TriggerId): Promise<string> {
    const { projectId: found } = await showTrigger(client, trigger);
    return found === null ? command.project : String(found);
  }

  /** The project's id, which the output shows, comes with the pipeline: until then all entries are kept. */
  async function showAll(signal: AbortSignal): Promise<void> {
    const isKnown = isProjectId(command.project);
    const kept: TimelineEntry[] = [];
    let isShown = isKnown;
    if (isKnown) queue.push({ type: 'project', id: command.project });
    id = await create();
    created.resolve(id);
    if (command.report !== null) {
      if (!isKnown) queue.push({ type: 'project', id: command.project });
      queue.push({ type: 'accepted', id });
      return;
    }
    for await (const entry of followService({ client, id, clock, note, signal })) {
      if (entry.type === 'job') jobs.set(entry.id, entry);
      kept.push(entry);
      if (!isShown && entry.type !== 'status' && entry.type !== 'outcome') continue;
      if (!isShown) queue.push({ type: 'project', id: await projectId(id) });
      isShown = true;
      for (const keptEntry of kept.splice(0)) show(keptEntry);
    }
  }

  /** Reads the whole stream once it ends: a command that waited without the stream has seen no jobs. */
  async function learnJobs(): Promise<void> {
    const headers = { accept: 'text/event-stream' };
    const { body } = await client.ask(`/v1/triggers/${id ?? ''}/events`, { headers });
    if (body === null) return;
    for await (const item of readEvents(body)) {
      if (item.kind !== 'event' || item.name !== 'job') continue;
      const job = JSON.parse(item.data) as JobEntry;
      jobs.set(job.id, job);
    }
  }

  function show(entry: TimelineEntry): void {
    if (entry.type === 'outcome') ticker.stop();
    queue.push(entry);
    ticker.see(entry);
    // A detached command needs to know immediately which jobs can be played.
    const mayLeave = command.detached && command.onManual === 'play';
    if (entry.type === 'status' && mayLeave) steer('reconcile').catch(() => undefined);
  }

  return {
    mayRead: true,
    isRemote: true,
    follow: (signal) => {
      signal.addEventListener('abort', () => queue.close(), { once: true });
      showAll(signal).then(queue.close, queue.fail);
      return queue;
    },
    cancel: async () => {
      isInterrupted = true;
      // A request that is under way may still create a trigger.
      await created.promise;
      await steer('cancel');
    },
    failedJobs: async () => {
      const answer = await client.ask(`/v1/triggers/${id ?? ''}/wait?wait=1`);
      return failedJobsIn(await answer.json());
    },
    logs: async () => {
      await learnJobs();
      const answer = await client.ask(`/v1/triggers/${id ?? ''}/log`);
      const logs = readLogText(await answer.text(), [...jobs.values()]);
      return logs.map(({ name, trace }) => ({ name, read: () => Promise.resolve(trace) }));
    },
    artifacts: serviceArtifacts(client, () => id),
    show: async () => {
      // A process that ends must not wait for an unreachable service.
      const signal = isInterrupted ? AbortSignal.timeout(lastLookMs) : undefined;
      return id === null ? null : showTrigger(client, id, signal).catch(() => null);
    },
    close: () => ticker.stop(),
  };
}
