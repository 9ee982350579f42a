import { createHmac } from 'node:crypto';

/**
 * The `webhook-signature` of a delivery (Standard Webhooks).
 * @param signingToken `whsec_` and the base64 of the key
 */
export function sign(signingToken: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(signingToken.replace(/^whsec_/, ''), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${digest}`;
}
