import { hostname, userInfo } from 'node:os';
import type { Actor } from '../domain/access/caller.ts';

/** The operator on this machine, for the audit log. No key can have this name. */
export const operator = (): Actor => ({ id: 'operator@cli', from: `${userName()} on ${hostname()}` });

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
