import { isLoopback } from '../domain/access/allowed-host.ts';
import type { Config } from './config.ts';
import { ConfigError } from './startup-errors.ts';

/**
 * Without authentication the service is for this machine only.
 * @throws ConfigError
 */
export function requireAuth(
  { host, adminToken, oidcAudience, webhookSecrets, webhookSigningTokens, relaySecrets }: Config,
  { hasKeys }: { readonly hasKeys: boolean },
): void {
  // A name server may be asked for a name under `localhost`, and answer with any address.
  if (isLoopback(host) && !/\.localhost$/i.test(host)) return;
  const lines: string[] = [];
  if (adminToken === null && !hasKeys && oidcAudience === null)
    lines.push(
      `HOST: refusing to listen on ${host} while anyone may call the API; ` +
        'set ADMIN_TOKEN, make a key with `pipeline-trigger keys create`, set OIDC_AUDIENCE, or set HOST=127.0.0.1',
    );
  if (webhookSecrets.length + webhookSigningTokens.length + relaySecrets.length === 0)
    lines.push(
      `HOST: refusing to listen on ${host} while anyone may send webhooks; ` +
        'set WEBHOOK_SECRET, WEBHOOK_SIGNING_TOKEN or RELAY_SECRET, or HOST=127.0.0.1',
    );
  if (lines.length > 0) throw new ConfigError(lines);
}
