import { verify } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { isOneOf } from './same-secret.ts';

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

/** How hooks prove where they come from. With no secrets at all everyone may send them. */
export function createHookAuthenticator({ plain, signing, relay }: HookSecrets): HookAuthenticator {
  const webhooks = signing.map((token) => new Webhook(token));
  const isOpen = plain.length + signing.length + relay.length === 0;

  const isSignedByGitLab = (header: Header, body: Buffer): boolean => {
    const headers = {
      'webhook-id': header('webhook-id') ?? '',
      'webhook-timestamp': header('webhook-timestamp') ?? '',
      'webhook-signature': header('webhook-signature') ?? '',
    };
    return webhooks.some((webhook) => isVerified(() => webhook.verify(body, headers, { jsonParse: false })));
  };

  const isSignedByRelay = async (signature: string, body: Buffer): Promise<boolean> => {
    const text = body.toString('utf8');
    const matches = await Promise.all(
      relay.map((secret) => verify(secret, text, signature).catch(() => false)),
    );
    return matches.includes(true);
  };

  return {
    byHeaders(header) {
      // A signature that we can check says more than a token that travels with every request.
      if (signing.length > 0 && header('webhook-signature') !== undefined) return 'signed';
      const token = header('x-gitlab-token');
      if (isOpen || (token !== undefined && isOneOf(token, plain))) return 'yes';
      return relay.length > 0 && header('x-hub-signature-256') !== undefined ? 'signed' : 'no';
    },
    async byBody(header, body) {
      if (header('webhook-signature') !== undefined && isSignedByGitLab(header, body)) return true;
      const signature = header('x-hub-signature-256');
      return signature !== undefined && isSignedByRelay(signature, body);
    },
  };
}

function isVerified(verification: () => unknown): boolean {
  try {
    verification();
    return true;
  } catch {
    return false;
  }
}
