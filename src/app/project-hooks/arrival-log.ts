import type { Delivery } from '../../domain/delivery.ts';

/** Remembers from which projects hooks of pipelines arrived, and when. */
export interface Ear {
  /** @returns all names of the project whose hook was heard; none for one that proves nothing */
  readonly hear: (delivery: Delivery) => readonly string[];
  /** When a project of one of these names was last heard; 0 for never. */
  readonly lastHeard: (names: readonly string[]) => number;
  readonly forgetBefore: (time: number) => void;
}

/** @param gitlabUrl ids and paths of projects mean something in one GitLab only */
export function createEar(gitlabUrl: string): Ear {
  const heardAt = new Map<string, number>();
  return {
    hear({ news, instance, receivedAt }) {
      // A hook of a job does not prove that those of pipelines come.
      if (news.kind !== 'pipeline' || (instance !== null && instance !== gitlabUrl)) return [];
      const path = news.projectPath?.toLowerCase();
      const names = [String(news.pipeline.projectId), ...(path === undefined ? [] : [path])];
      for (const name of names) heardAt.set(name, receivedAt);
      return names;
    },
    lastHeard: (names) => Math.max(0, ...names.map((name) => heardAt.get(name) ?? 0)),
    forgetBefore: (time) => {
      for (const [name, at] of heardAt) if (at < time) heardAt.delete(name);
    },
  };
}
