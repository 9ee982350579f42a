import type { JobEntry } from './config-entries.ts';
import { requiredNeeds } from './define-job.ts';
import { hasCycle } from './order-by-needs.ts';

/** GitLab's complaints about jobs that do not fit together. None: an empty list. */
export function checkJobs(entries: ReadonlyMap<string, JobEntry>, stages: readonly string[]): string[] {
  if (entries.size === 0) return ['jobs config should contain at least one visible job'];
  const errors = [...entries].flatMap(([name, entry]) => checkJob(name, entry, entries, stages));
  if (errors.length > 0) return errors;
  const needing = [...entries].map(([name, entry]) => ({
    name,
    needs: requiredNeeds(entry).map((need) => need.name),
  }));
  return hasCycle(needing) ? ['The pipeline has circular dependencies'] : [];
}

function checkJob(
  name: string,
  entry: JobEntry,
  entries: ReadonlyMap<string, JobEntry>,
  stages: readonly string[],
): string[] {
  if (entry.script === undefined && entry.run === undefined && entry.trigger === undefined) {
    return [`jobs:${name} config should implement the script:, run:, or trigger: keyword`];
  }
  if (entry.when === 'delayed' && entry.start_in === undefined) {
    return [`jobs:${name} start in should be a duration`];
  }
  if (!stages.includes(entry.stage)) {
    return [
      `${name} job: chosen stage ${entry.stage} does not exist; available stages are ${stages.join(', ')}`,
    ];
  }
  return requiredNeeds(entry).flatMap((need) => {
    const needed = entries.get(need.name);
    if (needed === undefined) return need.optional ? [] : [`${name} job: undefined need: ${need.name}`];
    const isLater = stages.indexOf(needed.stage) > stages.indexOf(entry.stage);
    return isLater ? [`${name} job: need ${need.name} is not defined in current or prior stages`] : [];
  });
}
