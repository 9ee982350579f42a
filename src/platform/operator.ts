import { hostname, userInfo } from 'node:os';
import type { Actor } from '../domain/access/caller.ts';

/** One who works on the database itself, for the audit log. No key can have this name. */
export const operator = (): Actor => ({ id: 'operator@cli', from: `${userName()} on ${hostname()}` });

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user of a container need not have a name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
