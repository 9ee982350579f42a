import type { Actor } from './caller.ts';

/** The actions that are audited. */
export const auditActions = [
  'trigger.start',
  'trigger.cancel',
  'trigger.play',
  'trigger.approve',
  'trigger.reject',
  'trigger.retry',
  'trigger.auto_retry',
  'trigger.resolve',
  'trigger.reconcile',
  'delivery.replay',
  'callback.retry',
  'key.create',
  'key.revoke',
  'database.prune',
  'hook.install',
  'hook.repair',
  'hook.remove',
  'hook.resend',
] as const;

export type AuditAction = (typeof auditActions)[number];

/** Who requested what, from where. Written before it is done, or with it; the result is stored elsewhere. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: Actor;
  readonly action: AuditAction;
  /** The id of the trigger, delivery, callback or key that it is about, or the project of a hook; null for none. */
  readonly subject: string | null;
  /** Further details, such as the reason given. Nothing secret. */
  readonly details: Readonly<Record<string, unknown>>;
}
