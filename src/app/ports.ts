import type { AuditEntry } from '../domain/audit.ts';
import type { Callback, CallbackAnswer, CallbackId, CallbackState } from '../domain/callback.ts';
import type { Delivery, News } from '../domain/delivery.ts';
import type { PipelineReading, PipelineSnapshot } from '../domain/event.ts';
import type { Cause, Note, TimedNote } from '../domain/history.ts';
import type { DeliveryId, JobId, PipelineId, TriggerId } from '../domain/ids.ts';
import type { FailedJob } from '../domain/job.ts';
import type { TimelineEntry } from '../domain/timeline.ts';
import type { Trigger } from '../domain/trigger.ts';

/** Time, as a parameter. Milliseconds since the epoch; never runs backwards while the process lives. */
export interface Clock {
  now(): number;
  /** Resolves after the time, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log lines, as pino writes them. Nothing secret may be given to it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a request brought that must not be kept in the clear. Erased when there is nothing left to do for it. */
export interface Secrets {
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly triggerToken: string | null;
  readonly apiToken: string | null;
}

/** A trigger as stored; `version` is what a commit checks. */
export interface Stored {
  readonly trigger: Trigger;
  readonly version: number;
}

/** How a caller names a request so that asking again is not asking twice. */
export interface IdempotencyKey {
  readonly key: string;
  /** Digest of the request it came with: another request under the same key is an error. */
  readonly requestDigest: string;
}

export interface TriggerQuery {
  readonly state: 'pending' | 'finished' | 'all';
  readonly caller: string | null;
  readonly project: string | null;
  readonly ref: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** One page of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A line of a trigger's history; `sequence` grows over all triggers. */
export interface RecordedEntry {
  readonly sequence: number;
  readonly at: number;
  readonly entry: TimelineEntry;
}

/** A line of the whole history, what only operators see included. */
export interface HistoryLine {
  readonly sequence: number;
  readonly at: number;
  /** When the same was last noted again, with nothing told to callers in between; null for a line that stands for once. */
  readonly until: number | null;
  readonly count: number;
  readonly line: TimelineEntry | Note;
  readonly cause: Cause | null;
}

/** The same note of a trigger, so many times. */
export interface CountedNote {
  readonly id: TriggerId;
  readonly note: Note;
  readonly count: number;
  /** The first and the last time. */
  readonly at: number;
  readonly until: number;
}

/** All methods throw AppError `storage_unavailable` when the database cannot be used just now. */
export interface TriggerStore {
  /**
   * Stores a new trigger, unless its caller used the key before: then gives the one made under it.
   * @param entry goes into the audit log with the trigger, or neither is stored
   */
  create(
    trigger: Trigger,
    secrets: Secrets,
    key: IdempotencyKey | null,
    more?: {
      /** Who asked for it, for the audit log. */
      readonly entry?: AuditEntry | undefined;
      /** Who is to be told of its end. */
      readonly callback?: NewCallback | undefined;
    },
  ): Promise<
    | { readonly created: true }
    | { readonly created: false; readonly earlier: Stored; readonly requestDigest: string }
  >;
  find(id: TriggerId): Promise<Stored | undefined>;
  /** Whether there was a trigger of this id that retention has removed. */
  wasPruned(id: TriggerId): Promise<boolean>;
  /**
   * Stores the next version, its timeline and the notes on it, nothing else: `stale` when somebody was faster.
   * A note that says what one before it said, with nothing told to callers in between, is counted, not repeated.
   */
  commit(
    next: Trigger,
    version: number,
    entries: readonly TimelineEntry[],
    notes?: readonly TimedNote[],
  ): Promise<'committed' | 'stale'>;
  list(query: TriggerQuery): Promise<Page<Trigger>>;
  /** The open triggers that news may be about: by their pipeline, by their own id, or by their upstream pipeline. */
  findConcerned(pipelineId: PipelineId, triggerId: TriggerId | null): Promise<readonly Trigger[]>;
  /** Open triggers without news since the time, the longest quiet first. */
  findQuiet(since: number, limit: number): Promise<readonly Trigger[]>;
  /** The same, by name and version only: for one who asks often and knows most of them. */
  quietVersions(since: number): Promise<readonly { readonly id: TriggerId; readonly version: number }[]>;
  /** How many are waited for: those without a pipeline yet, and those with one. */
  countPending(): Promise<{ readonly requested: number; readonly running: number }>;
  findPastDeadline(now: number, limit: number): Promise<readonly Trigger[]>;
  /** What the request brought; null once erased. */
  secretsOf(id: TriggerId): Promise<Secrets | null>;
  timeline(id: TriggerId, afterSequence: number): Promise<readonly RecordedEntry[]>;
  /**
   * Claims the one play of a job for a trigger.
   * `first`: play it. `again`: claimed by this trigger before, the answer may be lost. `other`: another trigger plays it.
   */
  claimPlay(gitlabUrl: string, jobId: JobId, id: TriggerId): Promise<'first' | 'again' | 'other'>;
}

/** The histories of triggers, as operators see them. */
export interface HistoryStore {
  /** Everything that is known of what happened to a trigger, in its order. */
  of(id: TriggerId): Promise<readonly HistoryLine[]>;
  /** Adds notes; those of triggers that are not there are dropped. */
  note(notes: readonly CountedNote[]): Promise<void>;
}

/** What a request asks for to be told of the trigger's end. */
export interface NewCallback {
  readonly id: CallbackId;
  readonly url: string;
  /** What may be shown of the URL. */
  readonly origin: string;
}

export interface CallbackQuery {
  /** Null for all. */
  readonly state: CallbackState | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** The callbacks of triggers; made with their trigger, due from its end on. */
export interface CallbackStore {
  /** Those that are due, the longest due first. */
  findDue(
    now: number,
    options: {
      readonly limit: number;
      readonly except: readonly CallbackId[];
      readonly exceptOrigins: readonly string[];
    },
  ): Promise<readonly Callback[]>;
  find(id: CallbackId): Promise<Callback | undefined>;
  list(query: CallbackQuery): Promise<Page<Callback>>;
  /** Where to; null once it is delivered, for it may be a secret. */
  urlOf(id: CallbackId): Promise<string | null>;
  /** Stores what has become of one: `stale` when somebody else was faster. */
  save(next: Callback, before: Callback): Promise<'saved' | 'stale'>;
}

/** Sends a callback once. Never throws: what goes wrong is an answer too. */
export type PostCallback = (callback: {
  readonly url: string;
  readonly id: CallbackId;
  /** Text of JSON. */
  readonly body: string;
  readonly signal: AbortSignal;
}) => Promise<CallbackAnswer>;

export interface StoredDelivery {
  readonly delivery: Delivery;
  readonly result: 'accepted' | 'ignored';
}

export interface DeliveryQuery {
  readonly limit: number;
  readonly cursor: string | null;
  /** Only deliveries of pipelines that no trigger of ours has. */
  readonly unmatched: boolean;
}

/** The inbox: every delivery that GitLab was told we have. */
export interface DeliveryStore {
  /** Resolves when the delivery is on disk. Says whether it was there already. */
  add(delivery: Delivery): Promise<'added' | 'duplicate'>;
  ofPipeline(pipelineId: PipelineId): Promise<readonly Delivery[]>;
  find(id: DeliveryId): Promise<StoredDelivery | undefined>;
  list(query: DeliveryQuery): Promise<Page<StoredDelivery>>;
}

/** A line of the audit log; `sequence` grows with each. */
export interface RecordedAudit extends AuditEntry {
  readonly sequence: number;
}

export interface AuditQuery {
  readonly subject: string | null;
  readonly actor: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Who changed what, from where. All methods throw AppError `storage_unavailable`. */
export interface AuditLog {
  /** Resolves when the entry is on disk. */
  note(entry: AuditEntry): Promise<void>;
  /** @throws AppError `invalid` for a cursor that it did not give */
  list(query: AuditQuery): Promise<Page<RecordedAudit>>;
  /** Removes what is older than a time. @returns how many */
  prune(before: number): Promise<number>;
}

/** Removes finished triggers and deliveries from before a time. @returns how many of each */
export type Prune = (
  before: number,
  now: number,
) => Promise<{ readonly triggers: number; readonly deliveries: number }>;

/** Reads the body of a hook, as it came or as it was stored, into our words. Never throws. */
export type ReadNews = (event: string, body: unknown) => News;

/** Where and as whom to speak to GitLab. */
export interface GitLabAccess {
  /** Base URL of the instance, without a slash at the end. */
  readonly url: string;
  readonly apiToken: string | null;
  readonly triggerToken: string | null;
}

export interface PipelineOrder {
  readonly project: string;
  readonly ref: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A pipeline as lists show it: enough to decide whether to retry it. */
export interface PipelineOfRef extends PipelineSnapshot {
  readonly ref: string;
  readonly sha: string;
}

/** What is to be read of a pipeline beside its status and its latest jobs. */
export interface ReadOptions {
  /** The last lines of the failed jobs' logs. */
  readonly traces: boolean;
  /** Bridges in any case, not only where the jobs alone do not explain the status. */
  readonly bridges?: boolean;
}

/**
 * One GitLab instance, seen by one caller. All methods throw AppError:
 * `gitlab_refused` GitLab understood and said no, in its words; `not_found` it answered 404;
 * `gitlab_unavailable` no answer, 429 or 5xx: GitLabUnavailable says whether the request may have been carried out.
 */
export interface GitLab {
  /** Never sent twice. `configError`: GitLab made the pipeline, but its configuration has errors. */
  createPipeline(order: PipelineOrder): Promise<{ pipeline: PipelineSnapshot; configError: string | null }>;
  /** The pipeline that carries our trigger's id as a variable, among those of the ref made since the time. */
  findPipeline(project: string, ref: string, id: TriggerId, since: number): Promise<PipelineSnapshot | null>;
  /** The pipelines of the ref with a higher id than this one that our tokens may have made; at most 100, newest first. */
  pipelinesAfter(project: string, ref: string, id: number): Promise<readonly PipelineOfRef[]>;
  newestPipeline(project: string, ref: string): Promise<PipelineOfRef | null>;
  showPipeline(project: string, id: PipelineId): Promise<PipelineOfRef>;
  /**
   * Those of the pipelines that a list of the project's pipelines shows, as they stand now. The list is of those
   * updated since the time, the newest first, and is not read further than it pays: one that it does not show may
   * be a child pipeline, be further down, or be gone.
   */
  listPipelines(
    project: string,
    ids: readonly PipelineId[],
    updatedAfter: number,
  ): Promise<readonly PipelineSnapshot[]>;
  /** The newest commit of a ref. */
  tipOf(project: string, ref: string): Promise<string>;
  readPipeline(project: string, id: PipelineId, options: ReadOptions): Promise<PipelineReading>;
  playJob(project: string, id: JobId): Promise<void>;
  retryPipeline(project: string, id: PipelineId): Promise<void>;
  /** Cancels the pipeline and its child pipelines. GitLab says yes whatever becomes of it. */
  cancelPipeline(project: string, id: PipelineId): Promise<void>;
  /** The failed jobs with the last lines of their logs, as far as they can be had soon. */
  withTraces(project: string, failedJobs: readonly FailedJob[]): Promise<readonly FailedJob[]>;
  /** The whole log of a job, empty when it has none. */
  readTrace(project: string, id: JobId): Promise<string>;
  /** How long a read that can wait had better wait, so that GitLab's rate limit has room for what cannot. */
  pauseMs(): Promise<number>;
}

export type ConnectGitLab = (access: GitLabAccess) => GitLab;

/** Whether the service may use an instance, and with which tokens of its own. */
export interface ServiceAccess {
  readonly gitlabUrl: string;
  readonly apiToken: string | null;
  readonly triggerToken: string | null;
}
