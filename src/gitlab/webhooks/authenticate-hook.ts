import type { HookCredential } from '../../domain/delivery.ts';
import { originOf } from '../../domain/webhook-trust.ts';
import { createGitLabSignatures, createRelaySignatures } from './signatures.ts';
import { isRecord } from '../../domain/json.ts';
import { projectIdIn } from '../schema/parts.ts';
import { jsonOf } from './json-of.ts';
import { isLikeProjectSecret, projectSecret } from './project-secret.ts';
import { createMatcher, matchesAny } from '../../platform/timing-safe.ts';

/** The secrets that authenticate webhooks, several of a kind while rotating. */
export interface HookSecrets {
  /** Sent in `X-Gitlab-Token`; each project's own secret is derived from them. */
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
  /** By the signature over the raw body, or by the secret of the project that the body names; null: by neither. */
  byBody(header: Header, body: Buffer): Promise<HookCredential | null>;
}

/** The header of each kind of signature. */
const signatureOf = { gitlab: 'webhook-signature', relay: 'x-hub-signature-256' } as const;

/**
 * Authenticates webhooks. Without any secret every sender on this machine may send them, to a name of this machine.
 * A signature that can be checked decides alone: a token, which is sent with every request, does not replace a valid
 * one. The token counts for webhooks without a signature: where WEBHOOK_SECRET is set beside WEBHOOK_SIGNING_TOKEN, for
 * hooks that have no signing token yet. A project's own secret is valid for bodies of that project only.
 * @param now milliseconds since the epoch, of the time of day: signatures are good for a few minutes
 * @param isAllowedHost whether a Host is a name of this machine, or the service's own
 * @param gitlabUrls whose projects may have secrets of their own
 */
export function createHookAuthenticator(
  { plain, signing, relay }: HookSecrets,
  now: () => number,
  isAllowedHost: (host: string | undefined) => boolean,
  gitlabUrls: readonly string[] = [],
): HookAuthenticator {
  const isToken = createMatcher(plain.map(asSent));
  const isSignedByGitLab = createGitLabSignatures(signing, now);
  const isSignedByRelay = createRelaySignatures(relay);
  const ownCredential = createProjectCheck(plain, gitlabUrls);
  const isOpen = plain.length + signing.length + relay.length === 0;

  const isSigned = (header: Header): boolean =>
    (signing.length > 0 && header(signatureOf.gitlab) !== undefined) ||
    (relay.length > 0 && header(signatureOf.relay) !== undefined);

  return {
    byHeaders(header) {
      if (isSigned(header)) return 'signed';
      const token = header('x-gitlab-token');
      const isKnown = isOpen ? isAllowedHost(header('host')) : token !== undefined && isToken(token);
      if (isKnown) return 'yes';
      return plain.length > 0 && token !== undefined && isLikeProjectSecret(token) ? 'signed' : 'no';
    },
    async byBody(header, body) {
      const own = ownCredential(header('x-gitlab-token'), body);
      if (!isSigned(header)) return own;
      // A relay may forward GitLab's signature late: the relay's own signature is enough.
      const isGenuine =
        isSignedByGitLab(header, body) || (await isSignedByRelay(header(signatureOf.relay) ?? '', body));
      return isGenuine ? (own ?? { kind: 'shared' }) : null;
    },
  };
}

/**
 * A secret as it arrives in a header: GitLab leaves line breaks out and sends UTF-8, which Node reads as Latin-1.
 * Source: gitlabhq app/services/web_hook_service.rb
 */
const asSent = (secret: string): string =>
  Buffer.from(secret.replaceAll(/[\r\n]/g, ''), 'utf8').toString('latin1');

/** Whether a token is the own secret of the project that a body names, in one of these GitLabs. */
function createProjectCheck(secrets: readonly string[], gitlabUrls: readonly string[]) {
  const origins = [...new Set(gitlabUrls.flatMap((url) => originOf(url) ?? []))];

  return function ownCredential(token: string | undefined, body: Buffer): HookCredential | null {
    if (token === undefined || secrets.length === 0 || !isLikeProjectSecret(token)) return null;
    const projectId = projectIdIn(parse(body));
    if (projectId === null) return null;
    // No early exit: the duration must not show which secret matched.
    const [found] = origins
      .flatMap((origin) => secrets.map((secret, index) => ({ origin, secret, isCurrent: index === 0 })))
      .filter(({ origin, secret }) => matchesAny(token, [projectSecret(secret, origin, projectId)]));
    return found === undefined ? null : { kind: 'project', origin: found.origin, isCurrent: found.isCurrent };
  };
}

function parse(body: Buffer): unknown {
  try {
    const content = jsonOf(body, { fatal: false });
    return isRecord(content) ? content : null;
  } catch {
    return null;
  }
}
