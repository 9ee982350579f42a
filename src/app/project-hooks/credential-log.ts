import type { Delivery, HookCredential } from '../../domain/delivery.ts';
import { createLruMap } from '../../domain/lru-map.ts';
import { isInstanceAt, projectIdOf } from '../../domain/delivery.ts';

/** The secret of a project's last webhook; null: none has arrived at this process since its start. */
export type LastCredential = HookCredential | null;

/** Remembers the secrets with which projects' webhooks arrive: GitLab never shows the secret of a hook. */
export interface CredentialLog {
  readonly record: (delivery: Delivery) => void;
  readonly lastOf: (projectId: number) => LastCredential;
  /** To be called when the secret of the project's hook has changed, or before a test of it. */
  readonly forget: (projectId: number) => void;
}

/** A sender with a shared secret may name any project. */
const remembered = 10_000;

/** @param gitlabUrl ids of projects mean something in one GitLab only */
export function createCredentialLog(gitlabUrl: string): CredentialLog {
  const last = createLruMap<number, HookCredential>(remembered);
  return {
    record({ payload, instance, credential }) {
      const projectId = projectIdOf(payload);
      if (projectId === null || (instance !== null && !isInstanceAt(gitlabUrl, instance))) return;
      last.set(projectId, credential);
    },
    lastOf: (projectId) => last.get(projectId) ?? null,
    forget: last.delete,
  };
}
