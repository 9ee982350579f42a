import { errors, jwtVerify } from 'jose';
import type { Log } from '../../app/ports/index.ts';
import type { JobClaims } from '../../domain/access/claims.ts';
import { messageOf } from '../../domain/error.ts';
import { withoutTrailingSlashes } from '../../domain/text.ts';
import { readClaims, WrongClaims } from './read-claims.ts';
import type { FindSigningKey } from './signing-keys.ts';

interface Deps {
  /** The only issuer: the service never calls an address from a token. */
  readonly gitlabUrl: string;
  readonly audience: string;
  readonly findKey: FindSigningKey;
  /** Milliseconds since the epoch, of the time of day. */
  readonly now: () => number;
  readonly log: Pick<Log, 'info'>;
}

/**
 * The claims of a CI job's token; null when it is not one that GitLab issued for this service.
 * @throws GitLabUnavailable when GitLab's keys cannot be read
 */
export type VerifyIdToken = (token: string) => Promise<JobClaims | null>;

const looksLikeJwt = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** By how much our clock may be behind GitLab's: GitLab allows for as much in `nbf`. */
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
      // Only tokens that GitLab signed are logged: anyone can send any number of others.
      if (isWrongClaim(error)) log.info({ reason: messageOf(error) }, 'an id_token of GitLab is refused');
      else if (!(error instanceof errors.JOSEError)) throw error;
      return null;
    }
  };
}

/** The URL as configured, and normalized: GitLab writes its own in lower case and without a default port. */
const issuersOf = (gitlabUrl: string): string[] => [
  ...new Set([gitlabUrl, withoutTrailingSlashes(new URL(gitlabUrl).href)]),
];

const isWrongClaim = (error: unknown): boolean =>
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWTExpired ||
  error instanceof WrongClaims;
