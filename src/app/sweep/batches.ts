import type { TriggerId } from '../../domain/ids.ts';
import { isFollowedByStatus } from '../../domain/trigger/poll-interval.ts';
import type { RunningTrigger, Trigger } from '../../domain/trigger/trigger.ts';
import { projectOf } from '../../domain/trigger/trigger.ts';

/** Triggers that are looked at together: one, or several of one project for which a list may do. */
export type Batch = readonly Trigger[];

/** What triggers that one list shows have in common. */
export const projectKeyOf = (trigger: RunningTrigger): string =>
  `${trigger.request.gitlabUrl} ${projectOf(trigger, trigger.state.pipeline)}`;

/**
 * Who is looked at with whom.
 * @param due whose turn it is
 * @param quiet everybody who may come along, as a list shows them at no cost; those whose turn it is among them
 */
export function batchByProject(due: Batch, quiet: Batch): readonly Batch[] {
  const byProject = Map.groupBy(quiet.filter(isFollowedByStatus), projectKeyOf);
  const taken = new Set<TriggerId>();
  return due.flatMap((trigger) => {
    if (taken.has(trigger.id)) return [];
    const batch = isFollowedByStatus(trigger) ? (byProject.get(projectKeyOf(trigger)) ?? []) : [trigger];
    for (const { id } of batch) taken.add(id);
    return [batch];
  });
}
