import type { Actor } from './caller.ts';

/** What a person or a key can have changed. */
export const auditActions = [
  'trigger.start',
  'trigger.cancel',
  'trigger.play',
  'trigger.retry',
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

/** Who asked for what, from where. Written before it is done, or with it: what became of it stands elsewhere. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: Actor;
  readonly action: AuditAction;
  /** The id of the trigger, delivery, callback or key that it is about, or the project of a hook; null for none. */
  readonly subject: string | null;
  /** Whatever else one would ask later. Nothing secret. */
  readonly details: Readonly<Record<string, unknown>>;
}
