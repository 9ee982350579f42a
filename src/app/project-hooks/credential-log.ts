import type { Delivery, HookCredential } from '../../domain/delivery.ts';
import { isInstanceAt, projectIdOf } from '../../domain/delivery.ts';

/** By which secret a project's hook last came; null: none has come since the start, or to another process. */
export type LastCredential = HookCredential | null;

/** Remembers by which secret the hooks of projects arrive: GitLab never shows what a hook sends. */
export interface CredentialLog {
  readonly record: (delivery: Delivery) => void;
  readonly lastOf: (projectId: number) => LastCredential;
  /** The secret of the project's hook has changed, or is about to be seen. */
  readonly forget: (projectId: number) => void;
}

/** Who knows a shared secret may name any project. */
const remembered = 10_000;

/** @param gitlabUrl ids of projects mean something in one GitLab only */
export function createCredentialLog(gitlabUrl: string): CredentialLog {
  const last = new Map<number, HookCredential>();
  return {
    record({ payload, instance, credential }) {
      const projectId = projectIdOf(payload);
      if (projectId === null || (instance !== null && !isInstanceAt(gitlabUrl, instance))) return;
      last.delete(projectId);
      last.set(projectId, credential);
      const [oldest] = last.keys();
      if (last.size > remembered && oldest !== undefined) last.delete(oldest);
    },
    lastOf: (projectId) => last.get(projectId) ?? null,
    forget: (projectId) => void last.delete(projectId),
  };
}
