import type { Job } from './job.ts';
import type { ManualRequest, ManualRule } from './manual-rules.ts';
import { ruleFor } from './manual-rules.ts';

const isAnything = (name: string): boolean => /^\*+$/.test(name);

/** Whether a rule says which job it means, or where it deploys to: `*` alone does not. */
function namesJob({ job, environment, tier }: ManualRule, shown: Job): boolean {
  if (job !== undefined && job === shown.name) return true;
  return [environment, tier].some((name) => name !== undefined && !isAnything(name));
}

/** Where a job deploys to, as far as it keeps automatic plays away; null where nothing does. */
function guardedBy({ environment }: Job): string | null {
  if (environment === undefined) return 'no webhook has shown which environment it deploys to';
  if (environment === null) return null;
  if (environment.tier === null) return `it deploys to ${environment.name}, whose tier GitLab does not say`;
  return environment.tier === 'production' ? `it deploys to ${environment.name}, of tier production` : null;
}

/**
 * Why `PRODUCTION_GUARD` keeps the service from playing a job by itself; null where it does not.
 * Source: CONTRACT, section 6
 */
export function guardObjection(request: ManualRequest, job: Job): string | null {
  const rule = ruleFor(request, job);
  if (rule !== undefined && namesJob(rule, job)) return null;
  const why = guardedBy(job);
  return why === null ? null : `PRODUCTION_GUARD: ${why}; it is played only by a rule that names it`;
}
