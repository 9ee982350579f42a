import type { AuditEntry } from '../../domain/access/audit.ts';
import type { CallbackId } from '../../domain/callback.ts';
import type { TimedNote } from '../../domain/trigger/history.ts';
import type { JobId, PipelineId, TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Page } from './page.ts';

/** The secrets of a request: stored encrypted, erased once the trigger needs no more work. */
export interface Secrets {
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly triggerToken: string | null;
  readonly apiToken: string | null;
  /** The variables that each rule for manual jobs sends with its plays, in the order of the rules. */
  readonly manualVariables?: readonly Readonly<Record<string, string>>[];
}

/** A trigger as stored; `version` is what a commit checks. */
export interface Stored {
  readonly trigger: Trigger;
  readonly version: number;
}

/** The key by which a repeated request is recognized. */
export interface IdempotencyKey {
  readonly key: string;
  /** Digest of the request: another request with the same key is an error. */
  readonly requestDigest: string;
}

export interface TriggerQuery {
  readonly state: 'pending' | 'finished' | 'all';
  readonly caller: string | null;
  readonly project: string | null;
  readonly ref: string | null;
  /** How the id begins; left out: any. */
  readonly idPrefix?: string | undefined;
  readonly limit: number;
  readonly cursor: string | null;
}

/** A line of a trigger's history; `sequence` grows over all triggers. */
export interface RecordedEntry {
  readonly sequence: number;
  readonly at: number;
  readonly entry: TimelineEntry;
}

/** Triggers whose timeline has grown since a line of it. */
export interface ChangedTriggers {
  /** Each with its newest line so far, in the order of those. */
  readonly changes: readonly { readonly id: TriggerId; readonly sequence: number }[];
  /** The last line that was read, notes included: what comes after it is for the next call. */
  readonly reached: number;
  /** Whether that was not all. */
  readonly isMore: boolean;
}

/** The callback that a request registers, to be notified of the trigger's end. */
export interface NewCallback {
  readonly id: CallbackId;
  readonly url: string;
  /** The part of the URL that may be shown. */
  readonly origin: string;
}

/** How many pending triggers these callers may have in total. */
export interface PendingQuota {
  readonly callers: readonly string[];
  readonly limit: number;
}

/** All methods throw AppError `storage_unavailable` while the database cannot be used. */
export interface TriggerStore {
  /**
   * Stores a new trigger, unless its caller used the key before: then returns the trigger of that key.
   * `full`: the quota is used up, and nothing is stored; a repeated request does not count.
   * @param entry stored in the audit log in the same transaction
   */
  create(
    trigger: Trigger,
    secrets: Secrets,
    key: IdempotencyKey | null,
    more?: {
      /** The caller, for the audit log. */
      readonly entry?: AuditEntry | undefined;
      /** The callback to send at its end. */
      readonly callback?: NewCallback | undefined;
      readonly quota?: PendingQuota | undefined;
    },
  ): Promise<
    | { readonly created: true }
    | { readonly created: 'full' }
    /** Another open trigger posts a commit status under its name. */
    | { readonly created: 'taken'; readonly by: TriggerId }
    | { readonly created: false; readonly earlier: Stored; readonly requestDigest: string }
  >;
  find(id: TriggerId): Promise<Stored | undefined>;
  /** Whether retention has removed a trigger of this id. */
  wasPruned(id: TriggerId): Promise<boolean>;
  /**
   * Stores the next version, its timeline and the notes on it: `stale` when another process was faster.
   * A note that repeats an earlier one, with no timeline entry in between, is counted, not stored again.
   */
  commit(
    next: Trigger,
    version: number,
    entries: readonly TimelineEntry[],
    notes?: readonly TimedNote[],
  ): Promise<'committed' | 'stale'>;
  list(query: TriggerQuery): Promise<Page<Trigger>>;
  /**
   * The open triggers that a delivery may be about: by pipeline, by child pipeline, by their own id, or by upstream pipeline.
   * @param parentId the pipeline that started it: triggers with that pipeline, or that child, are concerned as well
   */
  findConcerned(
    pipelineId: PipelineId,
    triggerId: TriggerId | null,
    parentId?: PipelineId | null,
  ): Promise<readonly Trigger[]>;
  /** The triggers made on behalf of an upstream pipeline, also those that have finished; the newest thousand. */
  findByUpstream(pipelineId: PipelineId): Promise<readonly Trigger[]>;
  /** Open triggers without an update since the time, the longest quiet first. */
  findQuietTriggers(since: number, limit: number): Promise<readonly Trigger[]>;
  /** The same, with id and version only: for a caller that asks often and has cached most of them. */
  quietVersions(since: number): Promise<readonly { readonly id: TriggerId; readonly version: number }[]>;
  /** The number of pending triggers: those without a pipeline yet, and those with one. */
  countPending(): Promise<{ readonly requested: number; readonly running: number }>;
  findPastDeadline(now: number, limit: number): Promise<readonly Trigger[]>;
  /** Those with a job that waits for a person, whose time is up. */
  findPastTimeout(now: number, limit: number): Promise<readonly Trigger[]>;
  /** The secrets of the request; null once erased. */
  secretsOf(id: TriggerId): Promise<Secrets | null>;
  /** @param most how many of the next entries; all of them unless given */
  timeline(id: TriggerId, afterSequence: number, most?: number): Promise<readonly RecordedEntry[]>;
  /** The sequence of the newest line of all timelines, notes included; 0 for none. */
  lastSequence(): Promise<number>;
  /** The triggers whose timeline has grown since a line, so many at most that they are quickly read. */
  changedAfter(sequence: number): Promise<ChangedTriggers>;
  /**
   * Claims the one play of a job for a trigger.
   * `first`: play it. `again`: claimed by this trigger before, the answer may be lost. `other`: another trigger plays it.
   */
  claimPlay(gitlabUrl: string, jobId: JobId, id: TriggerId): Promise<'first' | 'again' | 'other'>;
  /**
   * Claims the retries of failed jobs for a trigger, all of them or none.
   * @returns those that are this trigger's, from now on or before: another trigger retries the others. `spent`: the
   * project would have more retries in a day than its budget
   */
  claimRetries(claim: RetryClaim): Promise<ReadonlySet<JobId> | 'spent'>;
}

export interface RetryClaim {
  readonly gitlabUrl: string;
  readonly project: string;
  readonly triggerId: TriggerId;
  readonly jobIds: readonly JobId[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** So many retries in the day before `at`. */
  readonly budget: number;
}

/** For how long a retry counts for the budget of its project. */
export const retryBudgetMs = 86_400_000;

/** Removes finished triggers and deliveries from before a time. @returns how many of each */
export type Prune = (
  before: number,
  now: number,
) => Promise<{ readonly triggers: number; readonly deliveries: number }>;
