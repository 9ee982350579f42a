import { hash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** Whether a value is one of the secrets, in a time that shows nothing about them, including their lengths. */
export const matchesAny = (sent: string, secrets: readonly string[]): boolean => createMatcher(secrets)(sent);

/** The same for secrets that stay, of which each value needs one digest. */
export function createMatcher(secrets: readonly string[]): (sent: string) => boolean {
  const digests = secrets.map(digest);
  return function isAny(sent) {
    const sentDigest = digest(sent);
    // No early exit: the duration must not show which secret matched.
    return digests.filter((each) => timingSafeEqual(sentDigest, each)).length > 0;
  };
}
