/** `error`: the service does not start, or does not work. `warning`: to be fixed. `note`: needs no action. */
export type DoctorSeverity = 'error' | 'warning' | 'note';

/** Everything that `pipeline-trigger doctor` can find. Explained in docs/doctor.md. */
export const doctorFindings = {
  setting_wrong: 'error',
  start_refused: 'error',

  api_open: 'warning',
  api_public: 'error',
  hooks_open: 'warning',
  webhooks_trusted_widely: 'note',
  guard_without_webhooks: 'warning',
  plain_http: 'warning',
  proxies_trusted_widely: 'warning',
  id_tokens_without_policy: 'note',
  policy_without_id_tokens: 'warning',
  no_gitlab_token: 'warning',
  encryption_key_beside_database: 'note',

  secret_weak: 'warning',
  secret_reused: 'warning',

  key_expired: 'warning',
  key_expires_soon: 'note',
  key_never_used: 'warning',
  key_idle: 'warning',
  key_without_expiry: 'warning',

  file_readable: 'warning',
  file_writable: 'error',

  database_missing: 'note',
  migration_due: 'note',
  database_newer: 'error',
  database_older: 'error',
  database_unreadable: 'error',
  database_damaged: 'error',
  database_unwritable: 'error',
  disk_low: 'warning',

  gitlab_unreachable: 'note',
  gitlab_unusable: 'error',
  token_refused: 'error',
  token_expired: 'error',
  token_expires_soon: 'warning',
  token_scope_missing: 'error',
  token_scope_wide: 'warning',
  token_without_projects: 'warning',
  token_role_low: 'warning',
  token_branch_protected: 'warning',
  token_hooks_unmanaged: 'note',
  token_admin: 'note',
  token_role_high: 'note',
  clock_skew: 'warning',

  sign_in_issuer_differs: 'error',
  sign_in_application_unknown: 'error',
  sign_in_redirect_differs: 'error',
  sign_in_scope_missing: 'error',
  sign_in_not_checked: 'note',
} as const satisfies Record<string, DoctorSeverity>;

export type DoctorFindingCode = keyof typeof doctorFindings;

/** A problem, and how to fix it. */
export interface DoctorFinding {
  readonly code: DoctorFindingCode;
  readonly severity: DoctorSeverity;
  /** The setting, file, key or part that it is about. */
  readonly subject: string;
  readonly problem: string;
  readonly remedy: string;
}

export const doctorFinding = (
  code: DoctorFindingCode,
  subject: string,
  problem: string,
  remedy: string,
): DoctorFinding => ({
  ...{ code, severity: doctorFindings[code], subject, problem, remedy },
});

/** Findings with which GitLab refuses everything until a person changes a setting. */
export const keepsGitLabAway = ({ code }: DoctorFinding): boolean =>
  ['gitlab_unusable', 'token_refused', 'token_expired', 'token_scope_missing'].includes(code);

/** Findings that keep the service from starting until they are fixed. */
export const stopsTheStart = ({ code }: DoctorFinding): boolean =>
  code === 'setting_wrong' || code === 'start_refused';
