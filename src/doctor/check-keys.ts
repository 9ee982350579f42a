import type { ApiKey } from '../app/api-keys.ts';
import type { Finding } from '../domain/finding.ts';

const dayMs = 86_400_000;
/** A key that nobody used for so long is one that nobody would miss. */
const idleDays = 90;

/** Keys that are expired, forgotten, or good for more or for longer than they should be. */
export function checkKeys(keys: readonly ApiKey[], now: number): readonly Finding[] {
  return keys
    .filter(({ revokedAt }) => revokedAt === null)
    .flatMap(({ id, name, role, createdAt, expiresAt, lastUsedAt }): Finding[] => {
      const finding = (severity: Finding['severity'], problem: string, remedy: string): Finding => ({
        ...{ severity, subject: `key ${name} (${id})`, problem, remedy },
      });
      const revoke = `pipeline-trigger keys revoke ${id}`;
      if (expiresAt !== null && expiresAt <= now) return [finding('warning', 'has expired', revoke)];
      return [
        ...(now - (lastUsedAt ?? createdAt) > idleDays * dayMs
          ? [finding('warning', `was not used for ${idleDays} days`, revoke)]
          : []),
        ...(expiresAt === null
          ? [finding('warning', 'never expires', 'make one with --expires, then revoke this one')]
          : []),
        ...(role === 'admin' ? [finding('note', 'may do everything', 'give it a smaller role')] : []),
      ];
    });
}
