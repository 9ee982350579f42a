import type { HookSecrets } from './authenticate-hook.ts';
import { signatureToleranceSeconds } from './signatures.ts';
import { isLikeProjectSecret } from './project-secret.ts';

type Header = (name: string) => string | undefined;

/** Why a webhook was refused. For the log of the service only, not for the sender. */
export interface RefusalReason {
  /** The kind of refusal, by which its log lines are limited. */
  readonly code:
    | 'host'
    | 'no_token'
    | 'other_token'
    | 'project_token'
    | 'signature'
    | 'relay_signature'
    | 'clock'
    | 'not_set';
  /** Names settings and headers, never their values; for a signature that is too old, also its age. */
  readonly text: string;
}

/**
 * Explains a refusal by the headers of the webhook.
 * @param now milliseconds since the epoch
 */
export function createRefusalReason(
  { plain, signing, relay }: HookSecrets,
  now: () => number,
): (header: Header) => RefusalReason {
  const isOpen = plain.length + signing.length + relay.length === 0;

  return function refusalReason(header) {
    const token = header('x-gitlab-token');
    const isSigned = header('webhook-signature') !== undefined;
    if (isOpen)
      return { code: 'host', text: 'its Host is no name of this machine; set a secret or PUBLIC_URL' };
    if (isSigned && signing.length > 0) return reasonOfSignature(header, now());
    if (relay.length > 0 && header('x-hub-signature-256') !== undefined)
      return {
        code: 'relay_signature',
        text: 'its X-Hub-Signature-256 is not by RELAY_SECRET, or its body was changed on the way',
      };
    if (token === undefined)
      return isSigned
        ? { code: 'not_set', text: 'it is signed, and WEBHOOK_SIGNING_TOKEN is not set' }
        : { code: 'no_token', text: 'it brought no X-Gitlab-Token and no signature' };
    if (plain.length === 0)
      return { code: 'not_set', text: 'it brought an X-Gitlab-Token, and WEBHOOK_SECRET is not set' };
    return isLikeProjectSecret(token)
      ? {
          code: 'project_token',
          text: 'its X-Gitlab-Token looks like the secret of one project, and is not that of its own with this WEBHOOK_SECRET',
        }
      : { code: 'other_token', text: 'its X-Gitlab-Token is another one than WEBHOOK_SECRET' };
  };
}

function reasonOfSignature(header: Header, now: number): RefusalReason {
  const timestamp = header('webhook-timestamp') ?? '';
  if (header('webhook-id') === undefined || !/^\d{1,15}$/.test(timestamp))
    return { code: 'signature', text: 'its signature came without webhook-id and webhook-timestamp' };
  const ahead = Number(timestamp) - Math.floor(now / 1000);
  if (Math.abs(ahead) > signatureToleranceSeconds)
    return {
      code: 'clock',
      text:
        `it was signed ${Math.abs(ahead)} s ${ahead < 0 ? 'ago' : 'ahead of our time'}, where at most ` +
        `${signatureToleranceSeconds} s pass: compare the clocks of GitLab and of this machine`,
    };
  return {
    code: 'signature',
    text: 'its signature is not by WEBHOOK_SIGNING_TOKEN, or its body was changed on the way',
  };
}
