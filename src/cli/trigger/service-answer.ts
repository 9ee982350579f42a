import type { TriggerView } from '../../api/trigger-view.ts';
import { isRecord } from '../../domain/json.ts';
import type { JobId, PipelineId } from '../../domain/ids.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';

/** The members of a trigger in the API that this command uses. */
export type ServiceTrigger = Pick<
  TriggerView,
  | 'id'
  | 'outputs'
  | 'outputsProblem'
  | 'projectId'
  | 'pipelineId'
  | 'pipelineStatus'
  | 'webUrl'
  | 'outcome'
  | 'reason'
  | 'playedJobs'
>;

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
  const { failedJobs } = isRecord(body) ? (body as Partial<TriggerView>) : {};
  return Array.isArray(failedJobs)
    ? failedJobs.map(({ id, trace, pipelineId, ...job }) => ({
        ...job,
        id: id as JobId,
        traceTail: trace,
        ...(pipelineId === undefined ? {} : { pipelineId: pipelineId as PipelineId }),
      }))
    : [];
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
      ...playedJobs
        .filter(({ id }) => !played.has(id))
        .map(({ id, name, stage }) => ({ type: 'played' as const, id, name, stage })),
      ...(outcome === null ? [] : [{ type: 'outcome' as const, outcome, reason, failedJobs: [] }]),
    ],
  };
}
