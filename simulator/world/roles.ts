import type { User } from '../scenario.ts';
import { roles } from '../scenario.ts';

export type MemberRole = (typeof roles)[number];

/** Whether a role is at least another one. */
export function isAtLeast(role: MemberRole, wanted: MemberRole): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted);
}

/** A user's role in a project or group: the highest of those given for its path and for the groups above it. */
export function roleOf(user: User, path: string): MemberRole | undefined {
  return user.admin ? 'owner' : membershipOf(user, path);
}

/** The same of a user's memberships alone, which administrators need not have. */
export function membershipOf(user: User, path: string): MemberRole | undefined {
  const parts = path.split('/');
  const given = parts.flatMap((_, index) => user.roles[parts.slice(0, index + 1).join('/')] ?? []);
  return given.sort((a, b) => roles.indexOf(b) - roles.indexOf(a))[0];
}
