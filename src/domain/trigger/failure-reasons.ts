/** How much a retry may help a job that failed so: our judgement, not GitLab's. An unknown reason counts as `never`. */
export type ReasonClass = 'infrastructure' | 'named' | 'never';

/** Each by its class. Source: gitlabhq app/models/concerns/enums/ci/commit_status.rb, of 19.x and before. */
const reasonsByClass = {
  infrastructure: [
    'runner_system_failure',
    'runner_interrupted',
    'runner_external_dependency_failure',
    'no_updates_running',
    'scheduler_failure',
    'data_integrity_failure',
    'job_router_failure',
    'environment_creation_failure',
    // Not written from GitLab 19.0 on.
    'stuck_or_timeout_failure',
  ],
  named: [
    'unknown_failure',
    'api_failure',
    'stuck_pending_with_matching_runners',
    'job_execution_timeout',
    'job_execution_server_timeout',
    'server_timeout_running',
    'server_timeout_canceling',
    'no_updates_canceling',
    'job_token_expired',
    'reached_downstream_pipeline_trigger_rate_limit',
  ],
  never: [
    'script_failure',
    'missing_dependency_failure',
    'runner_unsupported',
    'runner_configuration_error',
    'no_matching_runner',
    'stuck_pending_no_matching_runners',
    'stale_schedule',
    'archived_failure',
    'unmet_prerequisites',
    'forward_deployment_failure',
    'failed_outdated_deployment_job',
    'deployment_rejected',
    'protected_environment_failure',
    'user_blocked',
    'project_deleted',
    'ci_quota_exceeded',
    'pipeline_loop_detected',
    'trace_size_exceeded',
    'builds_disabled',
    'ip_restriction_failure',
    'secrets_provider_not_found',
    'duo_workflow_not_allowed',
    'id_token_burned_project_path',
    'insufficient_bridge_permissions',
    'insufficient_upstream_permissions',
    'invalid_bridge_trigger',
    'downstream_bridge_project_not_found',
    'upstream_bridge_project_not_found',
    'bridge_pipeline_is_child_pipeline',
    'downstream_pipeline_creation_failed',
    'downstream_project_trigger_resolved_to_empty',
    'reached_max_descendant_pipelines_depth',
    'reached_max_pipeline_hierarchy_size',
  ],
} as const satisfies Record<ReasonClass, readonly string[]>;

/** Older names that stand for newer ones, too. Source: GitLab's own aliases of `retry:when` (gitlab-org/gitlab#602133) */
const aliases: Readonly<Record<string, readonly string[]>> = {
  stuck_or_timeout_failure: [
    'stuck_pending_with_matching_runners',
    'stuck_pending_no_matching_runners',
    'no_updates_running',
    'no_updates_canceling',
  ],
  job_execution_timeout: ['server_timeout_running', 'server_timeout_canceling'],
};

const classOf: ReadonlyMap<string, ReasonClass> = new Map(
  (Object.keys(reasonsByClass) as ReasonClass[]).flatMap((each) =>
    reasonsByClass[each].map((reason) => [reason, each] as const),
  ),
);

/** GitLab stores `unknown_failure` as no reason at all. */
const reasonOrUnknown = (reason: string | null): string => reason ?? 'unknown_failure';

/** What a caller may name in `reasons`: the class `infrastructure`, or a reason that a retry may ever help. */
export const isRetryReason = (name: string): boolean =>
  name === 'infrastructure' || (classOf.get(name) ?? 'never') !== 'never';

/** The reasons that some names stand for. */
function reasonsNamed(names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.flatMap((name) =>
      name === 'infrastructure' ? reasonsByClass.infrastructure : [name, ...(aliases[name] ?? [])],
    ),
  );
}

/**
 * Whether a job that failed so is to be retried.
 * @param reason GitLab's `failure_reason`
 * @param names as of `isRetryReason`
 */
export function isRetriable(reason: string | null, names: readonly string[]): boolean {
  const found = reasonOrUnknown(reason);
  return (classOf.get(found) ?? 'never') !== 'never' && reasonsNamed(names).has(found);
}

/** GitLab's word for why a job failed. */
export const failureReasonOf = ({ failureReason }: { readonly failureReason: string | null }): string =>
  reasonOrUnknown(failureReason);
