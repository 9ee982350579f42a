import type { Delivery } from '../../domain/delivery.ts';
import { pipelineIdOf } from '../../domain/delivery.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { TriggerStore } from '../ports/index.ts';

/** A hook that names no more than its project is news for all its triggers: at most so many of them are looked at. */
const mostOfProject = 50;
/** And none of which we have heard so lately: a project can send many such hooks, each would be as many questions. */
const recentMs = 5_000;

/** The open triggers that a delivery may be about. */
export async function triggersConcernedBy(
  store: Pick<TriggerStore, 'findConcerned' | 'list'>,
  { news, receivedAt }: Delivery,
): Promise<readonly Trigger[]> {
  const pipelineId = pipelineIdOf(news);
  if (pipelineId !== null)
    return store.findConcerned(pipelineId, news.kind === 'pipeline' ? news.triggerId : null);
  if (news.kind !== 'unreadable') return [];
  const pages = await Promise.all(news.projects.map((project) => store.list(pendingOf(project))));
  return pages.flatMap(({ items }) => items).filter(({ newsAt }) => receivedAt - newsAt >= recentMs);
}

const pendingOf = (project: string) =>
  ({ state: 'pending', caller: null, project, ref: null, limit: mostOfProject, cursor: null }) as const;
