import { isUtf8 } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { verify } from '@octokit/webhooks-methods';
import { matchesAny } from '../../platform/timing-safe.ts';

/** Checks the signatures of relays, `X-Hub-Signature-256`, as GitHub makes them: over the bytes of the body. */
export const createRelaySignatures =
  (secrets: readonly string[]) =>
  async (signature: string, body: Buffer): Promise<boolean> => {
    if (signature === '') return false;
    const matches = await Promise.all(secrets.map((secret) => isSignedWith(secret, body, signature)));
    return matches.includes(true);
  };

/** The library takes text only, and not an empty one: other bytes would be checked as what they are not. */
async function isSignedWith(secret: string, body: Buffer, signature: string): Promise<boolean> {
  if (body.length > 0 && isUtf8(body)) return verify(secret, body.toString('utf8'), signature);
  return matchesAny(signature, [`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`]);
}
