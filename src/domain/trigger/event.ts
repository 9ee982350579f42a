import type { JobId, PipelineId, DeliveryId } from '../ids.ts';
import type { ChildReading } from './child-pipeline.ts';
import type { FailedJob, Job } from './job.ts';
import type { Outputs } from './outputs.ts';
import type { Report } from './report.ts';
import type { Candidate, Outcome, Trigger, InDoubt } from './trigger.ts';

/** A pipeline as a webhook or a read showed it, in domain types. */
export interface PipelineSnapshot {
  readonly id: PipelineId;
  readonly projectId: number;
  readonly status: string;
  readonly webUrl: string | null;
  /** When GitLab says that it ended; left out where it does not say. */
  readonly endedAt?: number;
  /** The latest jobs in pipeline order; null when the observation did not show them well enough to decide by. */
  readonly jobs: readonly Job[] | null;
}

/** A pipeline that was read from GitLab: its jobs are complete, bridges included where they matter. */
export interface PipelineReading extends PipelineSnapshot {
  readonly jobs: readonly Job[];
  /** The required jobs that failed, perhaps with the ends of their logs. */
  readonly failedJobs: readonly FailedJob[];
  /** Whether its bridges are among the jobs. */
  readonly showsBridges?: boolean;
}

/** A pipeline whose jobs GitLab does not show: its own status is the verdict all the same. */
export interface PipelineWithoutJobs extends PipelineSnapshot {
  readonly jobs: null;
  /** Why not. */
  readonly jobsError: string;
  /** Its own jobs that are known nevertheless. */
  readonly failedJobs: readonly FailedJob[];
}

/** What somebody decided about jobs that wait to be approved. */
export interface ApprovalDecision {
  readonly jobIds: readonly JobId[];
  readonly by: string;
  readonly comment: string | null;
}

/** Everything that can happen to a trigger. `at` is in milliseconds since the epoch. */
export type TriggerEvent = { readonly at: number; readonly origin?: Origin } & (
  | {
      readonly type: 'pipelineStarted';
      readonly pipeline: PipelineSnapshot;
      /** GitLab forbids the variable by which it would be recognised. */
      readonly carriesNoId?: boolean;
    }
  | { readonly type: 'candidateFound'; readonly candidate: Candidate }
  | { readonly type: 'pipelineFound'; readonly pipeline: PipelineSnapshot }
  | { readonly type: 'startRefused'; readonly reason: string; readonly pipeline?: PipelineSnapshot }
  /** A request to create the pipeline is about to be sent, or has failed (`reason`). */
  | { readonly type: 'startTried'; readonly reason: string | null; readonly inDoubt: InDoubt | null }
  | { readonly type: 'startAbandoned' }
  /** A webhook showed it. `isProof`: with proof; absent, it is to be confirmed before anything follows. */
  | { readonly type: 'pipelineSeen'; readonly pipeline: PipelineSnapshot; readonly isProof?: boolean }
  | {
      readonly type: 'pipelineRead';
      readonly pipeline: PipelineReading | PipelineWithoutJobs;
      /** What was read of its child pipelines, a parent before its children. */
      readonly children?: readonly ChildReading[];
      readonly epoch: number;
    }
  /** A hook showed a child pipeline that is known. `isProof` as of `pipelineSeen`. */
  | { readonly type: 'childSeen'; readonly pipeline: PipelineSnapshot; readonly isProof?: boolean }
  /** A hook says that a bridge of the pipeline, or of a child, has started a pipeline that is not known. */
  | { readonly type: 'childMentioned'; readonly parentId: PipelineId; readonly isOfOtherProject: boolean }
  /** A list showed it, without its jobs. */
  | { readonly type: 'pipelineListed'; readonly pipeline: PipelineSnapshot; readonly epoch: number }
  /** GitLab answered a read that there is no such pipeline, and showed its project. */
  | { readonly type: 'pipelineGone' }
  /** GitLab refused to show it, or its project; or the access to GitLab is set up wrongly. */
  | { readonly type: 'readRefused'; readonly reason: string }
  /** GitLab gave no answer to a call, which is made again. `isLasting`: it will hardly answer soon. */
  | { readonly type: 'callFailed'; readonly reason: string; readonly isLasting: boolean }
  /** Something has happened to the pipeline, but a webhook did not show what. */
  | { readonly type: 'pipelineMentioned' }
  | { readonly type: 'jobSeen'; readonly job: Job; readonly isProof?: boolean }
  | { readonly type: 'jobPlayed'; readonly jobId: JobId }
  | { readonly type: 'playRefused'; readonly jobId: JobId; readonly reason: string }
  /** A read before a play shows that the pipeline is not at a standstill: nothing was played. */
  | {
      readonly type: 'playPostponed';
      readonly pipeline: PipelineReading;
      readonly children?: readonly ChildReading[];
      readonly epoch: number;
    }
  | { readonly type: 'tracesRead'; readonly failedJobs: readonly FailedJob[] }
  | { readonly type: 'retryDone' }
  | { readonly type: 'retryRefused'; readonly reason: string }
  /** A job that the service retries by itself: `refusal` is why it was not retried, null where it was. */
  | { readonly type: 'jobRetryAnswered'; readonly jobId: JobId; readonly refusal: string | null }
  /** Canceled before the retry was sent. */
  | { readonly type: 'retryAbandoned' }
  | { readonly type: 'cancelDone' }
  /** Nothing was canceled, since other triggers wait for the same pipeline. */
  | { readonly type: 'cancelWithheld'; readonly others: number }
  | { readonly type: 'deadlinePassed' }
  /** The time of a job that waits for a person may be up. */
  | { readonly type: 'timeoutPassed' }
  | ({ readonly type: 'approvalGiven' } & ApprovalDecision)
  | ({ readonly type: 'approvalRejected' } & ApprovalDecision)
  /** After a start of the service: the time of day was set back in the meantime. */
  | { readonly type: 'clockSetBack' }
  | { readonly type: 'cancelRequested'; readonly reason: string }
  | { readonly type: 'upstreamCanceled' }
  | {
      readonly type: 'playRequested';
      readonly jobs: readonly string[] | null;
      /** Who asks; one who may not approve is refused before. */
      readonly by?: string;
      readonly pipeline: PipelineReading;
      readonly children?: readonly ChildReading[];
    }
  | { readonly type: 'retryRequested' }
  /** The group of a member has it started. */
  | { readonly type: 'memberStarted' }
  /** The group of a member does not start it. */
  | { readonly type: 'memberSkipped'; readonly reason: string }
  /** A retry of its group: a member that ended without a pipeline waits again. */
  | { readonly type: 'memberQueued'; readonly deadlineAt: number }
  /** A report to the upstream pipeline has got on, or is about to be sent. */
  | { readonly type: 'reportUpdated'; readonly report: Report }
  /** The outputs of an end were read, as far as they could be. `since` is that of the end. */
  | { readonly type: 'outputsRead'; readonly outputs: Outputs; readonly since: number }
  | { readonly type: 'resolved'; readonly outcome: Outcome; readonly reason: string }
);

/** One kind of event. */
export type EventOf<Type extends TriggerEvent['type']> = Extract<TriggerEvent, { readonly type: Type }>;

/** Work that follows a decision. It is performed after the decision is stored, and may be performed again. */
export type Action =
  /** Create the pipeline, or find the one to retry. */
  | { readonly type: 'start' }
  /** Read the pipeline and its jobs from GitLab. */
  | { readonly type: 'confirm'; readonly why?: ReadReason }
  /** Read which pipelines its bridges have started, some of which are not known. */
  | { readonly type: 'readChildren' }
  /** Read from GitLab whether the upstream pipeline was canceled, as a hook says. */
  | { readonly type: 'confirmUpstream'; readonly why?: ReadReason }
  /** Play the jobs marked `intended`, in their order. */
  | { readonly type: 'play' }
  | { readonly type: 'retry' }
  /** Retry the failed jobs marked `intended`. */
  | { readonly type: 'retryJobs' }
  | { readonly type: 'cancel' }
  /** Read what the jobs of an ended pipeline handed on. */
  | { readonly type: 'readOutputs' }
  /** Make the report to the upstream pipeline that is due. */
  | { readonly type: 'playGate'; readonly why?: ReadReason }
  | { readonly type: 'postStatus' };

/** The result of an event: the next state of the trigger, and the actions to perform once it is stored. */
export interface Decision {
  readonly next: Trigger;
  readonly actions: readonly Action[];
}

/** Why the service polled GitLab: a webhook, its own action, no update for a while, a caller's request. */
export type ReadReason = 'hook' | 'action' | 'sweep' | 'user_request';

/** The source of an event. */
export interface Origin {
  /** The webhook that reported it. */
  readonly delivery?: DeliveryId;
  readonly why?: ReadReason;
}
