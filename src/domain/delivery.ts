import type { PipelineSnapshot } from './trigger/event.ts';
import type { DeliveryId, PipelineId, TriggerId } from './ids.ts';
import type { Job } from './trigger/job.ts';
import type { Upstream } from './trigger/trigger.ts';

/** The content of a webhook in domain types. */
export type Payload =
  | {
      readonly kind: 'pipeline';
      readonly pipeline: PipelineSnapshot;
      readonly projectPath: string | null;
      readonly ref: string | null;
      /** GitLab's word for what started the pipeline: `trigger`, `api`, `parent_pipeline` … */
      readonly source: string | null;
      /** The pipeline that started it, and the job of that, where it was another pipeline: `source_pipeline`. */
      readonly upstream?: Pick<Upstream, 'pipelineId' | 'jobId'>;
      /** The pipeline's variable `PIPELINE_TRIGGER_ID`: which of our triggers made it. */
      readonly triggerId: TriggerId | null;
      readonly happenedAt: number | null;
    }
  | {
      readonly kind: 'job';
      readonly pipelineId: PipelineId;
      readonly projectId: number;
      readonly projectPath: string | null;
      readonly job: Job;
      /** When it happened by GitLab's clock, as far as the webhook shows: the latest time in it. */
      readonly happenedAt: number | null;
    }
  /** A webhook that is used only to see which project sends it with which secret. */
  | { readonly kind: 'ignored'; readonly reason: string; readonly projectId?: number }
  | UnreadablePayload;

/** A webhook whose content could not be read. Its readable parts show which pipelines to poll instead. */
export interface UnreadablePayload {
  readonly kind: 'unreadable';
  readonly reason: string;
  readonly pipelineId: PipelineId | null;
  /** The names of its project: its path, its id. */
  readonly projects: readonly string[];
}

/**
 * The kind of secret that authenticated a webhook. `shared`: several projects have it, so it does not show which of them
 * sent the webhook; signing tokens and relays are shared as well. `project`: the own secret of the project that the
 * webhook names.
 */
export type HookCredential =
  | { readonly kind: 'shared' }
  | {
      readonly kind: 'project';
      /** Of the GitLab that the project is in. */
      readonly origin: string;
      /** Derived from the first WEBHOOK_SECRET, as `hooks install` writes it now. */
      readonly isCurrent: boolean;
    };

/** One HTTP request from GitLab, or a relay of it. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly receivedAt: number;
  /** `X-Gitlab-Event`, as it came. */
  readonly event: string;
  /** `X-Gitlab-Instance`: base URL of the GitLab that sent it. */
  readonly instance: string | null;
  readonly userAgent: string | null;
  readonly credential: HookCredential;
  readonly payload: Payload;
  /** The body as JSON with the values of variables redacted; null when the service has no use for it. */
  readonly body: string | null;
}

/**
 * Whether the GitLab at a base URL names itself so in a hook. One below a path (`https://host/gitlab`) leaves the path
 * out. Source: GitLab app/services/web_hook_service.rb
 */
export function isInstanceAt(gitlabUrl: string, instance: string): boolean {
  if (instance === gitlabUrl) return true;
  return URL.canParse(instance) && new URL(instance).href === `${new URL(gitlabUrl).origin}/`;
}

/** The pipeline a delivery is about. */
export const pipelineIdOf = (payload: Payload): PipelineId | null => {
  if (payload.kind === 'pipeline') return payload.pipeline.id;
  return payload.kind === 'ignored' ? null : payload.pipelineId;
};

/** The pipeline that has started the delivery's own, by its own words; null for none. */
export const upstreamIdOf = (payload: Payload): PipelineId | null =>
  payload.kind === 'pipeline' ? (payload.upstream?.pipelineId ?? null) : null;

/** The project that the payload names by its id; null when it names none. */
export const projectIdOf = (payload: Payload): number | null => {
  if (payload.kind === 'unreadable') return null;
  const id = payload.kind === 'pipeline' ? payload.pipeline.projectId : (payload.projectId ?? 0);
  return id > 0 ? id : null;
};

/** Whether a canceled pipeline or job in the payload is the one that a trigger was made for. */
export const cancelsUpstream = (payload: Payload, upstream: Upstream): boolean => {
  if (pipelineIdOf(payload) !== upstream.pipelineId || !mayBeNamed(upstream.project, payload)) return false;
  if (payload.kind === 'pipeline') return payload.pipeline.status === 'canceled';
  return payload.kind === 'job' && payload.job.id === upstream.jobId && payload.job.status === 'canceled';
};

/** Whether a project has this id or path; null: the payload does not say. */
const isCalled = (project: string, payload: Payload): boolean | null => {
  if (/^\d+$/.test(project)) {
    const id = projectIdOf(payload);
    return id === null ? null : id === Number(project);
  }
  const path = 'projectPath' in payload ? payload.projectPath : null;
  return path === null ? null : path.toLowerCase() === project.toLowerCase();
};

/** Whether the payload is of the project that a request names, by its id or path. */
export const isNamed = (project: string, payload: Payload): boolean => isCalled(project, payload) === true;

/** The same, but also true where the payload does not say. */
const mayBeNamed = (project: string, payload: Payload): boolean => isCalled(project, payload) !== false;
