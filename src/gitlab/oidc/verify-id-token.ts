import { errors, jwtVerify } from 'jose';
import type { Log } from '../../app/ports/index.ts';
import type { JobClaims } from '../../domain/access/claims.ts';
import { messageOf } from '../../domain/error.ts';
import { withoutTrailingSlashes } from '../../domain/text.ts';
import { readClaims, WrongClaims } from './read-claims.ts';
import type { FindSigningKey } from './signing-keys.ts';

interface Deps {
  /** The only issuer: what a token says about where it comes from leads nowhere else. */
  readonly gitlabUrl: string;
  readonly audience: string;
  readonly findKey: FindSigningKey;
  /** Milliseconds since the epoch, of the time of day. */
  readonly now: () => number;
  readonly log: Pick<Log, 'info'>;
}

/**
 * What GitLab says of the CI job that brings a token; null when it is none of GitLab's for us.
 * @throws GitLabUnavailable when that cannot be found out
 */
export type VerifyIdToken = (token: string) => Promise<JobClaims | null>;

const looksLikeJwt = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** By how much our clock may be behind GitLab's: what GitLab itself allows for in `nbf`. */
const slackSeconds = 5;

/** Id_tokens of GitLab CI, signed with RS256 by a key that GitLab publishes. */
export function createIdTokenVerifier({ gitlabUrl, audience, findKey, now, log }: Deps): VerifyIdToken {
  const issuer = issuersOf(gitlabUrl);

  async function verify(token: string): Promise<JobClaims> {
    const at = now();
    const { payload } = await jwtVerify(token, ({ kid }) => keyOf(kid), {
      algorithms: ['RS256'],
      issuer,
      audience,
      requiredClaims: ['exp', 'nbf', 'iat'],
      currentDate: new Date(at),
    });
    if (Number(payload.iat) > at / 1000 + slackSeconds) throw new WrongClaims('iat: in the future');
    return { ...readClaims(payload), expiresAt: Number(payload.exp) * 1000 };
  }

  async function keyOf(kid: unknown) {
    const key = typeof kid === 'string' ? await findKey(kid) : null;
    if (key === null) throw new errors.JWKSNoMatchingKey();
    return key;
  }

  return async function verifyIdToken(token) {
    if (!looksLikeJwt.test(token)) return null;
    try {
      return await verify(token);
    } catch (error) {
      // Only what GitLab did sign is worth a line: of others anybody can send as many as they like.
      if (isWrongClaim(error)) log.info({ reason: messageOf(error) }, 'an id_token of GitLab is refused');
      else if (!(error instanceof errors.JOSEError)) throw error;
      return null;
    }
  };
}

/** As it is set, and as URLs are written: GitLab writes its own in small letters and without a usual port. */
const issuersOf = (gitlabUrl: string): string[] => [
  ...new Set([gitlabUrl, withoutTrailingSlashes(new URL(gitlabUrl).href)]),
];

const isWrongClaim = (error: unknown): boolean =>
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWTExpired ||
  error instanceof WrongClaims;
