import { createHmac } from 'node:crypto';

/**
 * The secret token of one project's hook: HMAC-SHA256 in hexadecimal, the key a WEBHOOK_SECRET, the message GitLab's
 * origin with the project's id right behind it (`https://gitlab.example.com42`). Explained in docs/hooks.md.
 * @param origin scheme, host and port of GitLab, without a slash at the end
 */
export const projectSecret = (webhookSecret: string, origin: string, projectId: number): string =>
  createHmac('sha256', webhookSecret).update(`${origin}${projectId}`).digest('hex');

/** The form of such a secret; any other token can be refused before the body is read. */
export const isLikeProjectSecret = (token: string): boolean => /^[0-9a-f]{64}$/.test(token);
