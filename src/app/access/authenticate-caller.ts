import type { Caller } from '../../domain/access/caller.ts';
import { jobCaller, localCaller } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import type { JobClaims } from '../../domain/access/claims.ts';
import type { ApiKeys } from './api-keys.ts';

interface Deps {
  /** Null when there is no ADMIN_TOKEN. */
  readonly isAdminToken: ((token: string) => boolean) | null;
  readonly keys: Pick<ApiKeys, 'callerOf' | 'list'>;
  /** Null when id_tokens are not accepted. @throws GitLabUnavailable when a token cannot be checked */
  readonly verifyIdToken: ((token: string) => Promise<JobClaims | null>) | null;
  /** Whether people sign in with GitLab: then nobody is let in without any credentials. */
  readonly hasSignIn?: boolean;
  /** Whether the Host of a request is a name of this machine, or the service's own. */
  readonly isAllowedHost: (host: string | undefined) => boolean;
}

/**
 * Authenticates a bearer token: the admin, the owner of a key, or a CI job; null for an unknown token. With neither
 * ADMIN_TOKEN nor keys nor id_tokens nor people the service listens on this machine only, where every caller that uses a name of
 * this machine may do everything.
 * @param from the address that the request comes from, by which attempts are counted
 * @param host the Host of the request
 * @throws AppError `unauthorized` for another name
 */
export const createAuthenticateCaller = ({
  isAdminToken,
  keys,
  verifyIdToken,
  hasSignIn = false,
  isAllowedHost,
}: Deps) =>
  async function authenticateCaller(
    token: string | null,
    _from: string,
    host: string | undefined,
  ): Promise<Caller | null> {
    if (token !== null) {
      if (isAdminToken?.(token) === true) return { id: 'admin', role: 'admin', projects: null };
      const caller = await keys.callerOf(token);
      if (caller !== null) return caller;
      const job = (await verifyIdToken?.(token)) ?? null;
      if (job !== null) return jobCaller(job);
    }
    if (isAdminToken !== null || verifyIdToken !== null || hasSignIn) return null;
    // Whether there is any key at all matters only to callers without a valid one.
    if ((await keys.list()).length > 0) return null;
    if (isAllowedHost(host)) return { id: localCaller, role: 'admin', projects: null };
    throw new AppError(
      'unauthorized',
      'everyone on this machine may call, by the name 127.0.0.1 or localhost; for another one set PUBLIC_URL, or ADMIN_TOKEN',
    );
  };
