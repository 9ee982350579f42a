import { createLruMap } from '../../domain/lru-map.ts';
import type { TriggerId } from '../../domain/ids.ts';

/** The trigger id that a pipeline carries; null for none. */
export type TriggerIdCache = (
  pipelineId: number,
  read: () => Promise<TriggerId | null>,
) => Promise<TriggerId | null>;

/** How many pipelines are kept. */
const remembered = 10_000;

/**
 * Caches the trigger ids of pipelines. Their variables never change, and each search visits all pipelines of a ref:
 * without a cache a hundred triggers whose answers were lost would send ten thousand requests.
 */
export function createTriggerIdCache(): (gitlabUrl: string) => TriggerIdCache {
  const known = createLruMap<string, TriggerId | null>(remembered);
  return function cacheOf(gitlabUrl) {
    return async function readCached(pipelineId, read) {
      const key = `${gitlabUrl} ${pipelineId}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const carried = await read();
      known.set(key, carried);
      return carried;
    };
  };
}
