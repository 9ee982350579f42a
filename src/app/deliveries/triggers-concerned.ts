import type { Delivery } from '../../domain/delivery.ts';
import { pipelineIdOf } from '../../domain/delivery.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { TriggerStore } from '../ports/index.ts';

/** A hook that names no more than its project is payload for all its triggers: at most so many of them are looked at. */
const mostOfProject = 50;
/** And none of which we have heard so lately: a project can send many such hooks, each would be as many questions. */
const recentMs = 5_000;

/** The open triggers that a delivery may be about. */
export async function triggersConcernedBy(
  store: Pick<TriggerStore, 'findConcerned' | 'list'>,
  { payload, receivedAt }: Delivery,
): Promise<readonly Trigger[]> {
  const pipelineId = pipelineIdOf(payload);
  if (pipelineId !== null)
    return store.findConcerned(pipelineId, payload.kind === 'pipeline' ? payload.triggerId : null);
  if (payload.kind !== 'unreadable') return [];
  const pages = await Promise.all(payload.projects.map((project) => store.list(pendingOf(project))));
  return pages.flatMap(({ items }) => items).filter(({ observedAt }) => receivedAt - observedAt >= recentMs);
}

const pendingOf = (project: string) =>
  ({ state: 'pending', caller: null, project, ref: null, limit: mostOfProject, cursor: null }) as const;
