export type Needing = { readonly name: string; readonly needs: readonly string[] };

/** Sorts so that every job comes after the jobs it needs; otherwise keeps the order given. */
export function orderByNeeds<T extends Needing>(jobs: readonly T[]): T[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const ordered = new Set<T>();
  const visit = (job: T, path: ReadonlySet<T>): void => {
    if (ordered.has(job) || path.has(job)) return;
    const deeper = new Set(path).add(job);
    for (const name of job.needs) {
      const needed = byName.get(name);
      if (needed !== undefined) visit(needed, deeper);
    }
    ordered.add(job);
  };
  for (const job of jobs) visit(job, new Set());
  return [...ordered];
}

/** The names of all jobs that need `name`, directly or through others. */
export function dependentsOf(name: string, jobs: readonly Needing[]): Set<string> {
  const found = new Set<string>();
  const queue = [name];
  for (let current = queue.shift(); current !== undefined; current = queue.shift()) {
    for (const job of jobs) {
      if (!job.needs.includes(current) || found.has(job.name)) continue;
      found.add(job.name);
      queue.push(job.name);
    }
  }
  return found;
}

/** Whether following needs from any job leads back to it. */
export function hasCycle(jobs: readonly Needing[]): boolean {
  return jobs.some((job) => dependentsOf(job.name, jobs).has(job.name));
}
