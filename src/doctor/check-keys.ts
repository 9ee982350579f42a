import type { ApiKey } from '../app/access/api-keys.ts';
import type { Finding } from '../domain/doctor-finding.ts';
import { findingOf } from '../domain/doctor-finding.ts';

const dayMs = 86_400_000;
/** A key that nobody used for so long is one that nobody would miss. */
const idleDays = 90;
/** Whoever made a key meant to use it soon. */
const unusedDays = 14;
const soonDays = 14;

/** Keys that are expired, forgotten, or good for more or for longer than they should be. */
export const checkKeys = (keys: readonly ApiKey[], now: number): readonly Finding[] =>
  keys.filter(({ revokedAt }) => revokedAt === null).flatMap((key) => checkKey(key, now));

function checkKey(key: ApiKey, now: number): readonly Finding[] {
  const { id, name, role, createdAt, expiresAt, lastUsedAt } = key;
  const subject = `key ${name} (${id})`;
  const revoke = `pipeline-trigger keys revoke ${id}`;
  const another = 'make one with --expires, then revoke this one';
  if (expiresAt !== null && expiresAt <= now)
    return [findingOf('key_expired', subject, 'has expired', revoke)];
  const isUnused = lastUsedAt === null && now - createdAt > unusedDays * dayMs;
  const isIdle = lastUsedAt !== null && now - lastUsedAt > idleDays * dayMs;
  const endsSoon = expiresAt !== null && expiresAt - now < soonDays * dayMs;
  const ending = `expires on ${new Date(expiresAt ?? 0).toISOString().slice(0, 10)}`;
  return [
    ...(isUnused ? [findingOf('key_never_used', subject, 'was never used', revoke)] : []),
    ...(isIdle ? [findingOf('key_idle', subject, `was not used for ${idleDays} days`, revoke)] : []),
    ...(endsSoon
      ? [findingOf('key_expires_soon', subject, ending, `make another one: keys create --name ${name}`)]
      : []),
    ...(expiresAt === null ? [findingOf('key_endless', subject, 'never expires', another)] : []),
    ...(role === 'admin'
      ? [findingOf('key_mighty', subject, 'may do everything', 'give it a smaller role')]
      : []),
  ];
}
