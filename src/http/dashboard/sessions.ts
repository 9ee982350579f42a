import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Clock } from '../../app/ports/index.ts';
import type { GitLabUser } from '../../domain/access/gitlab-user.ts';
import { basePathOf } from '../middleware/request-path.ts';

/** Whose session it is: a key's or token's, which is checked again with each request, or that of a user of GitLab. */
export type SignedIn =
  { readonly kind: 'token'; readonly token: string } | { readonly kind: 'person'; readonly user: GitLabUser };

/** The sessions of signed-in users. In memory only: a restart signs all of them out. */
export interface Sessions {
  /** @returns the id for the cookie, which is not stored here */
  readonly begin: (who: SignedIn) => string;
  /** Whose session it is; null when it has ended. Counts as a use of it. */
  readonly find: (id: string) => SignedIn | null;
  readonly end: (id: string) => void;
}

interface Session {
  readonly kind: SignedIn['kind'];
  readonly encrypted: Buffer;
  readonly begunAt: number;
  readonly usedAt: number;
}

/** A working day. */
export const longestMs = 12 * 3_600_000;
/** The time without a request for a page or an open live stream. */
export const idleMs = 3_600_000;
/** CONTRACT: sessions of people last 8 hours. GitLab is asked about them all the time, so a pause does not end them. */
export const personMs = 8 * 3_600_000;
/** Beyond this number, a new session replaces the one that was not used for the longest time. */
export const mostSessions = 1_000;

const digestOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

export function createSessions(clock: Pick<Clock, 'now'>): Sessions {
  /** By the digest of the id; the one used last comes last. */
  const sessions = new Map<string, Session>();

  const isOver = ({ kind, begunAt, usedAt }: Session, now: number): boolean =>
    kind === 'person' ? now - begunAt >= personMs : now - begunAt >= longestMs || now - usedAt >= idleMs;

  return {
    begin(who) {
      const now = clock.now();
      for (const [key, session] of sessions) if (isOver(session, now)) sessions.delete(key);
      for (const key of sessions.keys()) {
        if (sessions.size < mostSessions) break;
        sessions.delete(key);
      }
      const id = randomBytes(32).toString('base64url');
      const encrypted = encryption(id, JSON.stringify(who));
      sessions.set(digestOf(id), { kind: who.kind, encrypted, begunAt: now, usedAt: now });
      return id;
    },
    find(id) {
      const key = digestOf(id);
      const session = sessions.get(key);
      if (session === undefined) return null;
      sessions.delete(key);
      const now = clock.now();
      if (isOver(session, now)) return null;
      sessions.set(key, { ...session, usedAt: now });
      return JSON.parse(open(id, session.encrypted)) as SignedIn;
    },
    end: (id) => void sessions.delete(digestOf(id)),
  };
}

/** Tokens are encrypted with the id, which only the cookie has: a dump of the memory alone does not show it. */
const keyOf = (id: string): Buffer => Buffer.from(hkdfSync('sha256', id, '', 'dashboard session', 32));

function encryption(id: string, secret: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce);
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function open(id: string, encrypted: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), encrypted.subarray(0, 12));
  decipher.setAuthTag(encrypted.subarray(12, 28));
  return Buffer.concat([decipher.update(encrypted.subarray(28)), decipher.final()]).toString('utf8');
}

/**
 * A browser accepts a cookie named `__Host-…` over TLS only, and from this host only, for all of its paths. Below a base
 * path other services share the host: there the cookie is named `__Secure-…`, and is sent to that path only.
 */
const namesOn = { host: '__Host-pipeline-trigger', path: '__Secure-pipeline-trigger' } as const;

/** The cookie that names a session. */
export interface SessionCookie {
  readonly read: (request: Request) => string | null;
  readonly set: (request: Request, response: Response, id: string) => void;
  readonly clear: (response: Response) => void;
}

/** @param publicUrl the address for browsers, if the operator has set it */
export function createSessionCookie(publicUrl: string | null): SessionCookie {
  const base = basePathOf(publicUrl);
  const path = base === '' ? '/' : base;
  const names = { secure: base === '' ? namesOn.host : namesOn.path, plain: 'pipeline-trigger' };
  const isPublicSecure = publicUrl?.startsWith('https:') === true;
  // Behind a proxy that terminates TLS the browser's Origin, sent with every form, shows the scheme.
  const cameByTls = (request: Request): boolean =>
    isPublicSecure || request.secure || request.get('origin')?.startsWith('https:') === true;

  return {
    read(request) {
      const cookies = request.get('cookie') ?? '';
      return valueOf(cookies, names.secure) ?? (isPublicSecure ? null : valueOf(cookies, names.plain));
    },
    set(request, response, id) {
      const secure = cameByTls(request);
      // Lax: with Strict a user who follows a link from GitLab or a chat would seem to be signed out.
      // Every change is a POST, for which Lax withholds the cookie as well.
      const options = { httpOnly: true, sameSite: 'lax', secure, path } as const;
      response.cookie(secure ? names.secure : names.plain, id, options);
    },
    clear(response) {
      response.clearCookie(names.secure, { httpOnly: true, sameSite: 'lax', secure: true, path });
      response.clearCookie(names.plain, { httpOnly: true, sameSite: 'lax', path });
    },
  };
}

function valueOf(cookies: string, name: string): string | null {
  const pairs = cookies.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
