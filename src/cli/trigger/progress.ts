import type { ArtifactContent } from '../../app/ports/index.ts';
import type { TriggerView } from '../../api/trigger-view.ts';
import type { WantedArtifact } from './artifact-name.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';

/** Progress while a pipeline is triggered and waited for, by an engine in this process or by a service. */
export type Progress =
  /** The project is known: by its numeric id, if that could be read. */
  | { readonly type: 'project'; readonly id: string }
  | TimelineEntry
  /** The service has the request, and reports its end elsewhere. */
  | { readonly type: 'accepted'; readonly id: string }
  /** The pipeline was looked at, and has not ended. */
  | { readonly type: 'looked' }
  /** The pipeline could not be polled; after the last failure there is no further attempt. */
  | { readonly type: 'lookFailed'; readonly error: string; readonly isLast: boolean };

/** The log of a job, read on demand. @throws Failure */
export interface PrintedLog {
  readonly name: string;
  readonly read: () => Promise<string>;
}

/** The artifacts of the trigger's jobs. */
export interface SessionArtifacts {
  /** The names of the jobs that have left some. */
  readonly jobs: () => Promise<ReadonlySet<string>>;
  /** @throws an error of its way: of the service, or of GitLab */
  readonly open: (artifact: WantedArtifact) => Promise<ArtifactContent>;
}

/** One trigger and how it is followed: by an engine in this process, or by a service. */
export interface Session {
  /** Pipelines can be read and steered, not only created. */
  readonly mayRead: boolean;
  /** The service calls GitLab, whose answers are not available here; stderr shows the jobs instead. */
  readonly isRemote: boolean;
  /**
   * Triggers, then reports progress until the outcome, or until the signal aborts.
   * @throws Failure
   */
  readonly follow: (signal: AbortSignal) => AsyncIterable<Progress>;
  /** Requests the cancellation, and resolves when it is accepted; `follow` reports its effect. */
  readonly cancel: () => Promise<void>;
  /** The failed jobs with the ends of their logs, once there is an outcome. */
  readonly failedJobs: () => Promise<readonly FailedJob[]>;
  /** The logs of all jobs, the newest job first, as GitLab lists them. @throws Failure */
  readonly logs: () => Promise<readonly PrintedLog[]>;
  readonly artifacts: SessionArtifacts;
  /** The trigger as the API shows it; null when there is none. */
  readonly show: () => Promise<Partial<TriggerView> | null>;
  readonly close: () => void;
}
