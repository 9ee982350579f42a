import type { TriggerId } from '../../domain/ids.ts';

/** Which trigger's id a pipeline carries; null: none. */
export type TriggerIdCache = (
  pipelineId: number,
  read: () => Promise<TriggerId | null>,
) => Promise<TriggerId | null>;

/** How many pipelines are remembered. */
const remembered = 10_000;

/**
 * Remembers which of our ids the pipelines carry. Their variables never change, and a search goes through all pipelines
 * of a ref time and again: without a memory a hundred triggers whose answers were lost would ask ten thousand times.
 */
export function createTriggerIdCache(): (gitlabUrl: string) => TriggerIdCache {
  const known = new Map<string, TriggerId | null>();
  return function cacheOf(gitlabUrl) {
    return async function readCached(pipelineId, read) {
      const key = `${gitlabUrl} ${pipelineId}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const carried = await read();
      known.set(key, carried);
      const [oldest] = known.keys();
      if (known.size > remembered && oldest !== undefined) known.delete(oldest);
      return carried;
    };
  };
}
