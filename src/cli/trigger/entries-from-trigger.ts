import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { ServiceTrigger } from './service-answer.ts';

/** The timeline entries that were reported already. */
export interface SeenEntries {
  readonly note: (entry: TimelineEntry) => void;
  /** The entries a trigger shows that were not reported yet: fewer than its events contain, none twice. */
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
