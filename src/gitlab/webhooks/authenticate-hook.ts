import { createGitLabSignatures } from './gitlab-signature.ts';
import { createRelaySignatures } from './relay-signature.ts';
import { matchesAny } from '../../platform/timing-safe.ts';

/** The secrets by which hooks are known, several of a kind while rotating. */
export interface HookSecrets {
  /** Sent as they are in `X-Gitlab-Token`. */
  readonly plain: readonly string[];
  /** `whsec_…`: GitLab signs with them (Standard Webhooks). */
  readonly signing: readonly string[];
  /** A relay signs with them as GitHub does. */
  readonly relay: readonly string[];
}

type Header = (name: string) => string | undefined;

export interface HookAuthenticator {
  /** Before the body is read: `yes`, `no`, or `signed` when the body decides. */
  byHeaders(header: Header): 'yes' | 'no' | 'signed';
  /** By the signature over the raw body. */
  byBody(header: Header, body: Buffer): Promise<boolean>;
}

/** The header of each kind of signature. */
const signatureOf = { gitlab: 'webhook-signature', relay: 'x-hub-signature-256' } as const;

/**
 * How hooks prove where they come from. With no secrets at all everyone on this machine may send them, to a name of its own.
 *
 * A signature that we can check decides alone: a token that travels with every request does not make good for a wrong
 * one. The token is for what came without: where WEBHOOK_SECRET is set beside WEBHOOK_SIGNING_TOKEN, for the hooks that
 * have no signing token yet.
 * @param now milliseconds since the epoch, of the time of day: signatures are good for a few minutes
 * @param isAllowedHost whether a Host is a name of this machine, or the service's own
 */
export function createHookAuthenticator(
  { plain, signing, relay }: HookSecrets,
  now: () => number,
  isAllowedHost: (host: string | undefined) => boolean,
): HookAuthenticator {
  const tokens = plain.map(asSent);
  const isSignedByGitLab = createGitLabSignatures(signing, now);
  const isSignedByRelay = createRelaySignatures(relay);
  const isOpen = plain.length + signing.length + relay.length === 0;

  return {
    byHeaders(header) {
      if (signing.length > 0 && header(signatureOf.gitlab) !== undefined) return 'signed';
      if (relay.length > 0 && header(signatureOf.relay) !== undefined) return 'signed';
      const token = header('x-gitlab-token');
      const isKnown = isOpen
        ? isAllowedHost(header('host'))
        : token !== undefined && matchesAny(token, tokens);
      return isKnown ? 'yes' : 'no';
    },
    async byBody(header, body) {
      // A relay may pass on what GitLab signed, and be late with it: its own signature is enough.
      if (isSignedByGitLab(header, body)) return true;
      return isSignedByRelay(header(signatureOf.relay) ?? '', body);
    },
  };
}

/**
 * A secret as it arrives in a header: GitLab leaves line breaks out and sends UTF-8, which Node reads as Latin-1.
 * Source: gitlabhq app/services/web_hook_service.rb
 */
const asSent = (secret: string): string =>
  Buffer.from(secret.replaceAll(/[\r\n]/g, ''), 'utf8').toString('latin1');
