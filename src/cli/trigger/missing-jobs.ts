import type { Progress } from './progress.ts';

/** The jobs of `--jobs` that the pipeline does not have. */
export interface MissingJobs {
  readonly see: (progress: Progress) => void;
  /** The message about them; null when there are none, or the jobs were never shown. */
  readonly note: () => string | null;
}

export function createMissingJobs(named: readonly string[] | null): MissingJobs {
  const seen = new Set<string>();
  return {
    see: (progress) => {
      if (progress.type === 'job' || progress.type === 'played') seen.add(progress.name);
    },
    note: () => {
      const missing = (named ?? []).filter((name) => !seen.has(name));
      if (seen.size === 0 || missing.length === 0) return null;
      return `the pipeline has no job ${missing.map((name) => JSON.stringify(name)).join(', ')} (--jobs)`;
    },
  };
}
