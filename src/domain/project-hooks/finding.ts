import type { HookId } from './project-hook.ts';

/** `error`: webhooks do not arrive. `warning`: they arrive, but not as they should. `hint`: it could be better. */
export type HookSeverity = 'error' | 'warning' | 'note';

/**
 * The repair: `add` a hook, `change` its settings and set its secret again, `remove` it, `test` it, which enables it
 * again, `resend` deliveries that did not arrive; `none`: an operator has to decide.
 */
export type Repair = 'add' | 'change' | 'remove' | 'test' | 'resend' | 'none';

interface Row {
  readonly severity: HookSeverity;
  readonly repair: Repair;
  readonly remedy: string;
}

const fix = 'hooks doctor --fix';

/** Everything that can be wrong with the hooks of a project. Explained in docs/hooks.md. */
export const hookFindings = {
  missing: { severity: 'error', repair: 'add', remedy: 'hooks install' },
  wrong_url: { severity: 'error', repair: 'change', remedy: fix },
  leftover_url: { severity: 'warning', repair: 'remove', remedy: fix },
  foreign_url: {
    severity: 'warning',
    repair: 'none',
    remedy: 'hooks install --from URL if the service was there before; else leave it alone',
  },
  missing_pipeline_events: { severity: 'error', repair: 'change', remedy: fix },
  missing_job_events: { severity: 'warning', repair: 'change', remedy: fix },
  custom_template: { severity: 'error', repair: 'change', remedy: fix },
  no_secret: { severity: 'error', repair: 'change', remedy: fix },
  shared_secret: { severity: 'note', repair: 'change', remedy: fix },
  old_secret: { severity: 'note', repair: 'change', remedy: fix },
  not_signed: { severity: 'note', repair: 'change', remedy: fix },
  needless_events: { severity: 'note', repair: 'change', remedy: fix },
  tls_not_verified: { severity: 'warning', repair: 'none', remedy: 'hooks install, which verifies TLS' },
  disabled: { severity: 'error', repair: 'test', remedy: fix },
  temporarily_disabled: { severity: 'error', repair: 'test', remedy: fix },
  duplicate: { severity: 'warning', repair: 'remove', remedy: fix },
  failing_deliveries: { severity: 'warning', repair: 'resend', remedy: fix },
  deliveries_missed: { severity: 'error', repair: 'resend', remedy: fix },
} as const satisfies Record<string, Row>;

export type HookFindingCode = keyof typeof hookFindings;

/** One problem, as data. */
export interface HookFinding {
  readonly code: HookFindingCode;
  readonly severity: HookSeverity;
  /** Null: the project as a whole. */
  readonly hookId: HookId | null;
  readonly text: string;
  readonly remedy: string;
}

export const hookFinding = (code: HookFindingCode, hookId: HookId | null, text: string): HookFinding => {
  const { severity, remedy } = hookFindings[code];
  return { code, severity, hookId, text, remedy };
};

export const repairFor = ({ code }: HookFinding): Repair => hookFindings[code].repair;

/** Whether a finding keeps webhooks from arriving. */
export const isSerious = ({ severity }: HookFinding): boolean => severity === 'error';
