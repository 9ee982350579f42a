import { decide } from '../../src/domain/trigger/decide.ts';
import type { PipelineReading, PipelineSnapshot, TriggerEvent } from '../../src/domain/trigger/event.ts';
import type { JobId, PipelineId, TriggerId } from '../../src/domain/ids.ts';
import type { Job } from '../../src/domain/trigger/job.ts';
import { failedJobsOf } from '../../src/domain/trigger/job.ts';
import type { PlayedJob, RunningTrigger, Trigger, TriggerRequest } from '../../src/domain/trigger/trigger.ts';
import { requested } from '../../src/domain/trigger/trigger.ts';

/** When the triggers of these tests were made, and when everything happens unless a test says otherwise. */
export const start = Date.UTC(2026, 0, 1);

/** The pipeline of these tests. */
export const pipelineId = 101 as PipelineId;

export const aRequest = (given: Partial<TriggerRequest> = {}): TriggerRequest => ({
  project: 'group/app',
  ref: 'main',
  retry: false,
  pipelineId: null,
  onManual: 'fail',
  jobs: null,
  deadlineSeconds: 3600,
  cancelOnDeadline: false,
  gitlabUrl: 'https://gitlab.example.com',
  upstream: null,
  cancelWithUpstream: false,
  ...given,
});

/** A trigger that has just been asked for. */
export const aTrigger = (
  request: Partial<TriggerRequest> = {},
  { id = 'trg_1', caller = 'ci', at = start }: { id?: string; caller?: string; at?: number } = {},
): Trigger => requested(id as TriggerId, caller, aRequest(request), at);

const jobIds = new Map<string, number>();

/** The id of a job of this name: each name has its own. */
export function jobId(name: string): JobId {
  const id = jobIds.get(name) ?? 5001 + jobIds.size;
  jobIds.set(name, id);
  return id as JobId;
}

export const aJob = (name: string, status: string, given: Partial<Job> = {}): Job => ({
  id: jobId(name),
  name,
  stage: 'test',
  status,
  allowFailure: false,
  failureReason: null,
  webUrl: null,
  ...given,
});

/** A job that may fail, or that waits to be played without holding anything up. */
export const optional = (name: string, status: string): Job => aJob(name, status, { allowFailure: true });

/** A pipeline as a hook shows it. */
export const aSnapshot = (status: string, jobs: readonly Job[] | null = []): PipelineSnapshot => ({
  id: pipelineId,
  projectId: 1,
  status,
  webUrl: `https://gitlab.example.com/group/app/-/pipelines/${pipelineId}`,
  jobs,
});

/** A pipeline as GitLab answers. */
export const aReading = (status: string, jobs: readonly Job[] = []): PipelineReading => ({
  ...aSnapshot(status),
  jobs,
  failedJobs: status === 'success' ? [] : failedJobsOf(jobs),
});

type Given = Partial<Omit<RunningTrigger, 'request' | 'state'>> & { readonly status?: string };

/** A trigger whose pipeline runs. */
export function aRunning(request: Partial<TriggerRequest> = {}, given: Given = {}): RunningTrigger {
  const { status = 'running', ...rest } = given;
  const { id, projectId, webUrl } = aSnapshot(status);
  const state = { kind: 'running', pipeline: { id, projectId, status, webUrl } } as const;
  return { ...aTrigger(request), state, ...rest };
}

export const aPlayed = (
  name: string,
  progress: PlayedJob['progress'],
  given: Partial<PlayedJob> = {},
): PlayedJob => ({
  id: jobId(name),
  name,
  stage: 'test',
  progress,
  refusal: progress === 'refused' ? '403 Forbidden' : null,
  ...given,
});

/** What a hook reports that came by its project's own secret. */
export const hook = (status: string, jobs: readonly Job[] | null = []): TriggerEvent => ({
  type: 'pipelineSeen',
  at: start,
  pipeline: aSnapshot(status, jobs),
  isProof: true,
});

/** The same by a secret that several projects share. */
export const sharedHook = (status: string, jobs: readonly Job[] | null = []): TriggerEvent => ({
  type: 'pipelineSeen',
  at: start,
  pipeline: aSnapshot(status, jobs),
});

/** What GitLab answers when asked. @param epoch what the trigger had done to the pipeline when GitLab was asked */
export const read = (status: string, jobs: readonly Job[] = [], epoch = 0): TriggerEvent => ({
  type: 'pipelineRead',
  at: start,
  pipeline: aReading(status, jobs),
  epoch,
});

/** The trigger after these events, one by one. */
export const after = (trigger: Trigger, ...events: readonly TriggerEvent[]): Trigger =>
  events.reduce((current, event) => decide(current, event).next, trigger);

/** How a trigger ended; null while it has not. */
export const outcomeOf = ({ state }: Trigger) => (state.kind === 'finished' ? state.outcome : null);

/** Why a trigger ended as it did. */
export const reasonOf = ({ state }: Trigger) => (state.kind === 'finished' ? state.reason : null);

/** The names of the jobs that a trigger means to play, in the order it means to play them. */
export const intendedBy = ({ played }: Trigger): readonly string[] =>
  played.filter(({ progress }) => progress === 'intended').map(({ name }) => name);
