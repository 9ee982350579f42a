import { isRecord } from '../../domain/json.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Outcome } from '../../domain/trigger/trigger.ts';

/** The members of a trigger in the API that this command uses. */
export interface ServiceTrigger {
  readonly id: string;
  readonly projectId: number | null;
  readonly pipelineId: number | null;
  readonly pipelineStatus: string | null;
  readonly webUrl: string | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly playedJobs: readonly { readonly id: number; readonly name: string; readonly stage: string }[];
}

/** Null when it is not a trigger: another service answered. */
export const triggerIn = (body: unknown): ServiceTrigger | null =>
  isRecord(body) &&
  typeof body['id'] === 'string' &&
  'pipelineId' in body &&
  Array.isArray(body['playedJobs'])
    ? (body as unknown as ServiceTrigger)
    : null;

const entryTypes: ReadonlySet<string> = new Set(['state', 'status', 'job', 'played', 'outcome']);

/** Null for an event of an unknown kind. */
export function entryIn(name: string, data: string): TimelineEntry | null {
  const body: unknown = entryTypes.has(name) ? JSON.parse(data) : null;
  return isRecord(body) ? ({ ...body, type: name } as unknown as TimelineEntry) : null;
}

/** The failed jobs in the answer to a waiting request. */
export function failedJobsIn(body: unknown): readonly FailedJob[] {
  const jobs = isRecord(body) && Array.isArray(body['failedJobs']) ? (body['failedJobs'] as unknown[]) : [];
  return jobs
    .filter(isRecord)
    .map((job) => ({ ...job, traceTail: job['trace'] ?? null }) as unknown as FailedJob);
}

/** The timeline entries that were reported already. */
export interface SeenEntries {
  readonly note: (entry: TimelineEntry) => void;
  /** The entries of a trigger that were not reported yet: fewer than its events contain, none twice. */
  readonly missing: (trigger: ServiceTrigger) => readonly TimelineEntry[];
}

export function createSeenEntries(): SeenEntries {
  let status = '';
  const played = new Set<number>();
  return {
    note: (entry) => {
      if (entry.type === 'status') status = `${entry.pipelineId} ${entry.status}`;
      if (entry.type === 'played') played.add(entry.id);
    },
    missing: ({ pipelineId, pipelineStatus, webUrl, playedJobs, outcome, reason }) => [
      ...(pipelineId === null || `${pipelineId} ${pipelineStatus ?? ''}` === status
        ? []
        : [{ type: 'status' as const, pipelineId, status: pipelineStatus ?? '', webUrl }]),
      ...playedJobs.filter(({ id }) => !played.has(id)).map((job) => ({ type: 'played' as const, ...job })),
      ...(outcome === null ? [] : [{ type: 'outcome' as const, outcome, reason, failedJobs: [] }]),
    ],
  };
}
