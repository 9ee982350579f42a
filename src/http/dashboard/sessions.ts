import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Clock } from '../../app/ports/index.ts';

/** Who signed in, by what their cookies say. In memory only: a restart signs everybody out. */
export interface Sessions {
  /** @returns the id for the cookie, which is not kept here */
  readonly begin: (token: string) => string;
  /** The token that somebody signed in with; null when there is no such session any more. Counts as a use of it. */
  readonly tokenOf: (id: string) => string | null;
  readonly end: (id: string) => void;
}

interface Session {
  readonly encrypted: Buffer;
  readonly begunAt: number;
  readonly usedAt: number;
}

/** A working day. */
export const longestMs = 12 * 3_600_000;
/** No page was asked for, and none was open to be kept up to date. */
export const idleMs = 3_600_000;
/** Beyond this number, a new session replaces the one that was not used for the longest time. */
export const mostSessions = 1_000;

const digestOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

export function createSessions(clock: Pick<Clock, 'now'>): Sessions {
  /** By the digest of the id; the one used last comes last. */
  const sessions = new Map<string, Session>();

  const isOver = ({ begunAt, usedAt }: Session, now: number): boolean =>
    now - begunAt >= longestMs || now - usedAt >= idleMs;

  return {
    begin(token) {
      const now = clock.now();
      for (const [key, session] of sessions) if (isOver(session, now)) sessions.delete(key);
      for (const key of sessions.keys()) {
        if (sessions.size < mostSessions) break;
        sessions.delete(key);
      }
      const id = randomBytes(32).toString('base64url');
      sessions.set(digestOf(id), { encrypted: encryption(id, token), begunAt: now, usedAt: now });
      return id;
    },
    tokenOf(id) {
      const key = digestOf(id);
      const session = sessions.get(key);
      if (session === undefined) return null;
      sessions.delete(key);
      const now = clock.now();
      if (isOver(session, now)) return null;
      sessions.set(key, { ...session, usedAt: now });
      return open(id, session.encrypted);
    },
    end: (id) => void sessions.delete(digestOf(id)),
  };
}

/** The token is encrypted with the id, which only the cookie holds: a picture of the memory alone does not show it. */
const keyOf = (id: string): Buffer => Buffer.from(hkdfSync('sha256', id, '', 'dashboard session', 32));

function encryption(id: string, token: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce);
  const text = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function open(id: string, encrypted: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), encrypted.subarray(0, 12));
  decipher.setAuthTag(encrypted.subarray(12, 28));
  return Buffer.concat([decipher.update(encrypted.subarray(28)), decipher.final()]).toString('utf8');
}
