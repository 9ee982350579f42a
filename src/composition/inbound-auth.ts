import type { ApiKeys } from '../app/access/api-keys.ts';
import { createAuthenticateCaller } from '../app/access/authenticate-caller.ts';
import type { Clock, Log } from '../app/ports/index.ts';
import type { Tracer } from '../app/ports/tracer.ts';
import type { Config } from '../config/config.ts';
import { createHostCheck } from '../domain/access/allowed-host.ts';
import { originOf } from '../domain/webhook-trust.ts';
import { createHookAuthenticator } from '../gitlab/webhooks/authenticate-hook.ts';
import { projectSecret } from '../gitlab/webhooks/project-secret.ts';
import { fetchSigningKeys } from '../gitlab/oidc/fetch-signing-keys.ts';
import { createRefusalReason } from '../gitlab/webhooks/refusal-reason.ts';
import { matchesAny } from '../platform/timing-safe.ts';
import { createSigningKeys } from '../gitlab/oidc/signing-keys.ts';
import { createTracedFetch } from '../gitlab/rest/instrumented-fetch.ts';
import type { VerifyIdToken } from '../gitlab/oidc/verify-id-token.ts';
import { createIdTokenVerifier } from '../gitlab/oidc/verify-id-token.ts';
import { createThrottledAuthenticate } from '../http/middleware/authenticate.ts';
import { createRefusalLog } from '../http/middleware/refusal-log.ts';
import { createLimits } from '../http/middleware/rate-limits.ts';

interface Surroundings {
  readonly keys: ApiKeys;
  readonly clock: Clock;
  /** The time of day, by which signatures are checked. */
  readonly now: () => number;
  readonly log: Log;
  readonly tracer: Tracer;
}

/** Inbound authentication: of webhooks, and of callers with a key, the admin token or an id_token. */
export function createInboundAuth(config: Config, { keys, clock, now, log, tracer }: Surroundings) {
  const { adminToken } = config;
  const isAllowedHost = createHostCheck(config.publicUrl);
  const limits = createLimits(log);
  const authenticateCaller = createAuthenticateCaller({
    isAdminToken: adminToken === null ? null : (token) => matchesAny(token, [adminToken]),
    keys,
    isAllowedHost,
    hasSignIn: config.signIn !== null,
    verifyIdToken: idTokens(config, { clock, now, log, fetch: createTracedFetch(globalThis.fetch, tracer) }),
  });
  const [firstSecret] = config.webhookSecrets;
  const origin = originOf(config.gitlabUrl) ?? config.gitlabUrl;
  const hookSecrets = {
    plain: config.webhookSecrets,
    signing: config.webhookSigningTokens,
    relay: config.relaySecrets,
    ofProject: (projectId: number) =>
      firstSecret === undefined ? null : projectSecret(firstSecret, origin, projectId),
  };
  const gitlabUrls = [config.gitlabUrl, ...config.allowedGitlabUrls];
  const refusalReason = createRefusalReason(hookSecrets, now);
  const logRefusal = createRefusalLog({ log, clock });
  return {
    limits,
    authenticate: createThrottledAuthenticate(
      tracer.traced(authenticateCaller, { name: 'authenticate caller' }),
      limits,
    ),
    hookSecrets,
    authenticateHook: createHookAuthenticator(hookSecrets, now, isAllowedHost, gitlabUrls),
    noteHookRefusal: async (from: string, header: (name: string) => string | undefined): Promise<void> => {
      logRefusal(from, refusalReason(header));
      await limits.noteHookRefusal(from);
    },
  };
}

/** Null where id_tokens are not accepted. */
function idTokens(
  { gitlabUrl, oidcAudience: audience }: Config,
  { clock, now, log, fetch }: { clock: Clock; now: () => number; log: Log; fetch: typeof globalThis.fetch },
): VerifyIdToken | null {
  if (audience === null) return null;
  const findKey = createSigningKeys({ fetchKeys: () => fetchSigningKeys(gitlabUrl, { fetch }), clock, log });
  return createIdTokenVerifier({ gitlabUrl, audience, findKey, now, log });
}
