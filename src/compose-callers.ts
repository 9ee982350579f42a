import type { ApiKeys } from './app/api-keys.ts';
import { authenticateCallerWith } from './app/authenticate-caller.ts';
import type { Clock, Log } from './app/ports.ts';
import type { Tracer } from './app/tracer.ts';
import type { Config } from './config.ts';
import { isOwnNameWith } from './domain/own-name.ts';
import { createHookAuthenticator } from './gitlab/authenticate-hook.ts';
import { fetchSigningKeys } from './gitlab/fetch-signing-keys.ts';
import { isOneOf } from './gitlab/same-secret.ts';
import { createSigningKeys } from './gitlab/signing-keys.ts';
import { tracedFetch } from './gitlab/traced-fetch.ts';
import type { VerifyIdToken } from './gitlab/verify-id-token.ts';
import { idTokenVerifier } from './gitlab/verify-id-token.ts';
import { limitedAuthenticate } from './http/limited-authenticate.ts';
import { createLimits } from './http/limits.ts';

interface Surroundings {
  readonly keys: ApiKeys;
  readonly clock: Clock;
  /** The time of day, which signatures are compared with. */
  readonly now: () => number;
  readonly log: Log;
  readonly tracer: Tracer;
}

/** Who may come in: GitLab with its hooks, and callers with a key, the admin token or an id_token. */
export function composeCallers(config: Config, { keys, clock, now, log, tracer }: Surroundings) {
  const { adminToken } = config;
  const isOwnName = isOwnNameWith(config.publicUrl);
  const limits = createLimits(log);
  const authenticateCaller = authenticateCallerWith({
    isAdminToken: adminToken === null ? null : (token) => isOneOf(token, [adminToken]),
    keys,
    isOwnName,
    verifyIdToken: idTokens(config, { clock, now, log, fetch: tracedFetch(globalThis.fetch, tracer) }),
  });
  const hookSecrets = {
    plain: config.webhookSecrets,
    signing: config.webhookSigningTokens,
    relay: config.relaySecrets,
  };
  return {
    limits,
    authenticate: limitedAuthenticate(
      tracer.seen(authenticateCaller, { name: 'authenticate caller' }),
      limits,
    ),
    hookSecrets,
    authenticateHook: createHookAuthenticator(hookSecrets, now, isOwnName),
  };
}

/** Null where they are not accepted. */
function idTokens(
  { gitlabUrl, oidcAudience: audience }: Config,
  { clock, now, log, fetch }: { clock: Clock; now: () => number; log: Log; fetch: typeof globalThis.fetch },
): VerifyIdToken | null {
  if (audience === null) return null;
  const findKey = createSigningKeys({ fetchKeys: () => fetchSigningKeys(gitlabUrl, { fetch }), clock, log });
  return idTokenVerifier({ gitlabUrl, audience, findKey, now, log });
}
