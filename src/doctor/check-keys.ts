import type { ApiKey } from '../app/access/api-keys.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';
import { dayMs } from '../domain/time.ts';

/** A key that was not used for so many days is probably not needed. */
const idleDays = 90;
/** A key that is still unused so many days after its creation is probably forgotten. */
const unusedDays = 14;
const soonDays = 14;

/** Keys that are expired, forgotten, or valid for longer than they should be. */
export const checkKeys = (keys: readonly ApiKey[], now: number): readonly DoctorFinding[] =>
  keys.filter(({ revokedAt }) => revokedAt === null).flatMap((key) => checkKey(key, now));

function checkKey(key: ApiKey, now: number): readonly DoctorFinding[] {
  const { id, name, createdAt, expiresAt, lastUsedAt } = key;
  const subject = `key ${name} (${id})`;
  const revoke = `pipeline-trigger keys revoke ${id}`;
  const another = 'make one with --expires, then revoke this one';
  if (expiresAt !== null && expiresAt <= now)
    return [doctorFinding('key_expired', subject, 'has expired', revoke)];
  const isUnused = lastUsedAt === null && now - createdAt > unusedDays * dayMs;
  const isIdle = lastUsedAt !== null && now - lastUsedAt > idleDays * dayMs;
  const endsSoon = expiresAt !== null && expiresAt - now < soonDays * dayMs;
  const ending = `expires on ${new Date(expiresAt ?? 0).toISOString().slice(0, 10)}`;
  return [
    ...(isUnused ? [doctorFinding('key_never_used', subject, 'was never used', revoke)] : []),
    ...(isIdle ? [doctorFinding('key_idle', subject, `was not used for ${idleDays} days`, revoke)] : []),
    ...(endsSoon
      ? [doctorFinding('key_expires_soon', subject, ending, `make another one: keys create --name ${name}`)]
      : []),
    ...(expiresAt === null ? [doctorFinding('key_without_expiry', subject, 'never expires', another)] : []),
  ];
}
