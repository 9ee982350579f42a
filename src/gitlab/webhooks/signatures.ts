import { createHmac } from 'node:crypto';
import { matchesAny } from '../../platform/timing-safe.ts';
import { isUtf8 } from 'node:buffer';
import { verify } from '@octokit/webhooks-methods';

type Header = (name: string) => string | undefined;

/** The tolerance that Standard Webhooks recommends, in either direction; GitLab names none. */
export const signatureToleranceSeconds = 300;

/** Seconds since the epoch. Another notation of the same number was not signed. */
const seconds = /^(?:0|[1-9]\d{0,14})$/;

/** In the signed text a full stop ends the id: an id with one could make a part of the body pass for the time. */
const id = /^[^.]+$/;

/** The key in a token `whsec_<base64>`. */
const keyOf = (token: string): Buffer => Buffer.from(token.replace(/^whsec_/, ''), 'base64');

/**
 * Checks GitLab's signatures, those of Standard Webhooks. The library of that name takes neither bytes nor the time as a
 * parameter nor several tokens, all of which are needed here.
 * @param now milliseconds since the epoch
 */
export function createGitLabSignatures(
  tokens: readonly string[],
  now: () => number,
): (header: Header, body: Buffer) => boolean {
  const keys = tokens.map(keyOf);

  const isRecent = (timestamp: string): boolean =>
    seconds.test(timestamp) &&
    Math.abs(Math.floor(now() / 1000) - Number(timestamp)) <= signatureToleranceSeconds;

  return function isSignedByGitLab(header, body) {
    const messageId = header('webhook-id') ?? '';
    const timestamp = header('webhook-timestamp') ?? '';
    if (!id.test(messageId) || !isRecent(timestamp)) return false;
    // Node decodes headers as Latin-1: encoded so again they are the original bytes.
    const head = Buffer.from(`${messageId}.${timestamp}.`, 'latin1');
    const expected = keys.map(
      (key) => `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`,
    );
    const entries = (header('webhook-signature') ?? '').split(' ');
    // No early exit here either.
    return entries.filter((entry) => matchesAny(entry, expected)).length > 0;
  };
}

/** Checks the signatures of relays, `X-Hub-Signature-256`, as GitHub makes them: over the bytes of the body. */
export const createRelaySignatures = (secrets: readonly string[]) =>
  async function isSignedByRelay(signature: string, body: Buffer): Promise<boolean> {
    if (signature === '') return false;
    const matches = await Promise.all(secrets.map((secret) => isSignedWith(secret, body, signature)));
    return matches.includes(true);
  };

/** The library takes only text that is not empty: other bytes would be changed before the check. */
async function isSignedWith(secret: string, body: Buffer, signature: string): Promise<boolean> {
  if (body.length > 0 && isUtf8(body)) return verify(secret, body.toString('utf8'), signature);
  return matchesAny(signature, [`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`]);
}
