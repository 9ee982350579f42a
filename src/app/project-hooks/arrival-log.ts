import type { Delivery } from '../../domain/delivery.ts';
import { isInstanceAt } from '../../domain/delivery.ts';

/** Remembers from which projects hooks of pipelines arrived, and when. */
export interface ArrivalLog {
  /** @returns all names of the project whose webhook arrived; none for a webhook that proves nothing */
  readonly record: (delivery: Delivery) => readonly string[];
  /** When a webhook of a project with one of these names last arrived; 0 for never. */
  readonly lastArrival: (names: readonly string[]) => number;
  readonly forgetBefore: (time: number) => void;
}

/** @param gitlabUrl ids and paths of projects mean something in one GitLab only */
export function createArrivalLog(gitlabUrl: string): ArrivalLog {
  const arrivedAt = new Map<string, number>();
  return {
    record({ payload, instance, receivedAt }) {
      // A Job Hook does not prove that Pipeline Hooks arrive.
      if (payload.kind !== 'pipeline' || (instance !== null && !isInstanceAt(gitlabUrl, instance))) return [];
      const path = payload.projectPath?.toLowerCase();
      const names = [String(payload.pipeline.projectId), ...(path === undefined ? [] : [path])];
      for (const name of names) arrivedAt.set(name, receivedAt);
      return names;
    },
    lastArrival: (names) => Math.max(0, ...names.map((name) => arrivedAt.get(name) ?? 0)),
    forgetBefore: (time) => {
      for (const [name, at] of arrivedAt) if (at < time) arrivedAt.delete(name);
    },
  };
}
