import type { TriggerId } from '../../domain/ids.ts';
import { isFollowedByStatus } from '../../domain/trigger/poll-interval.ts';
import type { RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { projectOf } from '../../domain/trigger/trigger.ts';

/** Triggers that are polled together: one, or several of one project for which one list may be enough. */
export type Batch = readonly Trigger[];

/** The key that triggers of one list share. */
export const projectKeyOf = (trigger: RunningTrigger): string =>
  `${trigger.request.gitlabUrl} ${projectOf(trigger, trigger.state.pipeline)}`;

/**
 * Groups the triggers that are due into batches.
 * @param due the triggers to poll
 * @param quiet all triggers that may be included, since a list shows them at no cost; the due ones are among them
 */
export function batchByProject(due: Batch, quiet: Batch, quietMs: number): readonly Batch[] {
  const isListed = (trigger: Trigger): trigger is RunningTrigger => isFollowedByStatus(trigger, quietMs);
  const byProject = Map.groupBy(quiet.filter(isListed), projectKeyOf);
  const taken = new Set<TriggerId>();
  return due.flatMap((trigger) => {
    if (taken.has(trigger.id)) return [];
    const batch = isListed(trigger) ? (byProject.get(projectKeyOf(trigger)) ?? []) : [trigger];
    for (const { id } of batch) taken.add(id);
    return [batch];
  });
}
