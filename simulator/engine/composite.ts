import type { Status } from './status.ts';

export type StatusSource = { readonly status: Status; readonly allowFailure: boolean };

/** What a job counts as: GitLab's statuses plus the two that `allow_failure` makes. */
type Weight = Status | 'success_with_warnings' | 'ignored';

const harmless = ['success_with_warnings', 'ignored'] as const;

/**
 * The rules, first match wins. `only`: every job is one of these; `any`: at least one is.
 * Source: GitLab lib/gitlab/ci/status/composite.rb
 */
const rules: readonly { only?: readonly Weight[]; any?: readonly Weight[]; then: Status }[] = [
  { only: ['skipped', 'ignored'], then: 'skipped' },
  { only: ['success', 'skipped', ...harmless], then: 'success' },
  { only: ['created', ...harmless], then: 'created' },
  { only: ['preparing', ...harmless], then: 'preparing' },
  { only: ['canceled', 'success', 'skipped', ...harmless], then: 'canceled' },
  { only: ['pending', 'created', 'skipped', ...harmless], then: 'pending' },
  { any: ['running', 'pending'], then: 'running' },
  { any: ['waiting_for_resource'], then: 'waiting_for_resource' },
  { any: ['waiting_for_callback'], then: 'waiting_for_callback' },
  { any: ['manual'], then: 'manual' },
  { any: ['scheduled'], then: 'scheduled' },
  { any: ['preparing'], then: 'preparing' },
  { any: ['created'], then: 'running' },
  { any: ['canceling'], then: 'canceling' },
];

const endsOfNeeds: readonly Weight[] = ['success', 'failed', 'canceled', 'skipped', 'success_with_warnings'];

/** The one status of many jobs: a stage's, a pipeline's, or that of the stages before a job. */
export function compositeStatus(jobs: Iterable<StatusSource>): Status {
  const weights = weigh(jobs);
  if (weights.size === 0) return 'success';
  const rule = rules.find(
    ({ only, any }) =>
      (only === undefined || isSubset(weights, only)) &&
      (any === undefined || any.some((weight) => weights.has(weight))),
  );
  return rule?.then ?? 'failed';
}

/** The status of the jobs that a job `needs`: one that never ran skips it, one that has not ended holds it. */
export function statusOfNeeds(jobs: Iterable<StatusSource>): Status {
  const needed = [...jobs];
  const weights = weigh(needed);
  if (weights.has('skipped') || weights.has('ignored')) return 'skipped';
  if (weights.size > 0 && !isSubset(weights, endsOfNeeds)) return 'pending';
  return compositeStatus(needed);
}

/** Whether a successful status hides a failure that was allowed ("passed with warnings"). */
export function hasWarnings(jobs: Iterable<StatusSource>): boolean {
  return weigh(jobs).has('success_with_warnings');
}

function weigh(jobs: Iterable<StatusSource>): Set<Weight> {
  return new Set([...jobs].map(weightOf));
}

function weightOf({ status, allowFailure }: StatusSource): Weight {
  if (!allowFailure) return status;
  if (status === 'failed' || status === 'canceled') return 'success_with_warnings';
  return status === 'manual' ? 'ignored' : status;
}

function isSubset(weights: ReadonlySet<Weight>, of: readonly Weight[]): boolean {
  return [...weights].every((weight) => of.includes(weight));
}
