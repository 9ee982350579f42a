import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Clock, SignInSecrets } from '../../app/ports/index.ts';
import { createLruMap } from '../../domain/lru-map.ts';
import { basePathOf } from '../middleware/request-path.ts';

/** What is kept of a sign-in while its browser is at GitLab. */
export interface PendingSignIn {
  readonly secrets: SignInSecrets;
  /** The path to continue at. */
  readonly next: string;
}

/**
 * Sign-ins whose browser is at GitLab: each in a cookie of its own, encrypted, so that two tabs do not disturb each other
 * and nobody can fill the memory. Only the browser that began one can end it, and only once.
 */
export interface PendingSignIns {
  readonly keep: (
    where: { readonly request: Request; readonly response: Response },
    state: string,
    signIn: PendingSignIn,
  ) => void;
  /** Null for a state that is foreign, old, or was used before. */
  readonly take: (request: Request, response: Response, state: string) => PendingSignIn | null;
}

/** For how long a person may be at GitLab, which may ask for a second factor. */
export const pendingMs = 10 * 60_000;
/** A browser has a tab for each; of more, the cookies would make its requests too long. */
const mostTabs = 4;
/** After so many others a state that was used is forgotten; GitLab takes its code only once in any case. */
const mostUsed = 10_000;

/** @param publicUrl the address for browsers */
export function createPendingSignIns(publicUrl: string, clock: Pick<Clock, 'now'>): PendingSignIns {
  const key = randomBytes(32);
  const used = createLruMap<string, true>(mostUsed);
  const base = basePathOf(publicUrl);
  const secure = publicUrl.startsWith('https:');
  // As the session's cookie is named; see sessions.ts.
  const prefix = `${secure ? (base === '' ? '__Host-' : '__Secure-') : ''}pipeline-trigger-sign-in-`;
  const options = { httpOnly: true, sameSite: 'lax', secure, path: base === '' ? '/' : base } as const;
  const nameFor = (state: string): string => prefix + hash('sha256', state).slice(0, 16);

  return {
    keep({ request, response }, state, signIn) {
      const others = cookiesOf(request).filter(([name]) => name.startsWith(prefix));
      for (const [name] of others.slice(mostTabs - 1)) response.clearCookie(name, options);
      const text = JSON.stringify({ ...signIn, state, until: clock.now() + pendingMs });
      response.cookie(nameFor(state), encrypted(key, text), { ...options, maxAge: pendingMs });
    },

    take(request, response, state) {
      const name = nameFor(state);
      const [, value] = cookiesOf(request).find(([each]) => each === name) ?? [];
      const text = value === undefined ? null : decrypted(key, value);
      if (text === null) return null;
      response.clearCookie(name, options);
      const found = JSON.parse(text) as PendingSignIn & { state: string; until: number };
      if (found.state !== state || clock.now() >= found.until || used.get(state) === true) return null;
      used.set(state, true);
      return { secrets: found.secrets, next: found.next };
    },
  };
}

const cookiesOf = (request: Request): readonly (readonly [name: string, value: string])[] =>
  (request.get('cookie') ?? '').split(';').map((pair) => {
    const [name = '', ...rest] = pair.trim().split('=');
    return [name, rest.join('=')];
  });

function encrypted(key: Buffer, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/** Null for what this process did not encrypt. */
function decrypted(key: Buffer, value: string): string | null {
  const bytes = Buffer.from(value, 'base64url');
  if (bytes.length < 28) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
