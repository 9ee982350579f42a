import { createHmac } from 'node:crypto';
import { matchesAny } from '../../platform/timing-safe.ts';
import { isUtf8 } from 'node:buffer';
import { verify } from '@octokit/webhooks-methods';

type Header = (name: string) => string | undefined;

/** What Standard Webhooks recommends, in either direction; GitLab names no number. */
export const signatureToleranceSeconds = 300;

/** Seconds since the epoch. What else a parser would read as a number is not what was signed. */
const seconds = /^(?:0|[1-9]\d{0,14})$/;

/** The full stop ends the id in what is signed: with one in it, text of the body could pass for a time. */
const id = /^[^.]+$/;

/** The key in a token `whsec_<base64>`. */
const keyOf = (token: string): Buffer => Buffer.from(token.replace(/^whsec_/, ''), 'base64');

/**
 * Checks GitLab's signatures, those of Standard Webhooks: of the library of that name we need the bytes as they came,
 * the time as a parameter and several tokens, none of which it takes.
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
    // Node reads headers as Latin-1: as such they are again the bytes that came.
    const head = Buffer.from(`${messageId}.${timestamp}.`, 'latin1');
    const expected = keys.map(
      (key) => `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`,
    );
    const entries = (header('webhook-signature') ?? '').split(' ');
    // No early end here either.
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

/** The library takes text only, and not an empty one: other bytes would be checked as what they are not. */
async function isSignedWith(secret: string, body: Buffer, signature: string): Promise<boolean> {
  if (body.length > 0 && isUtf8(body)) return verify(secret, body.toString('utf8'), signature);
  return matchesAny(signature, [`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`]);
}
