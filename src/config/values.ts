import { isIP } from 'node:net';
import { z } from 'zod';
import { webhookTrusts } from '../domain/webhook-trust.ts';
import { readAllowedHost } from '../callbacks/allowed-hosts.ts';
import { withoutTrailingSlashes } from '../domain/text.ts';

/** How the text of one setting is read. What is wrong with it is said without showing it: it may be a secret. */

export const secret = z.string();

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

export const wholeNumber = (min: number, max: number) => {
  const error = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .pipe(z.number().min(min, error).max(max, error));
};

export const plainUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL', abort: true })
  .refine(
    (url) => !/[?#]/.test(url) && new URL(url).username + new URL(url).password === '',
    'expected a URL without user, query and fragment',
  );

// As URLs are compared: the host in lower case, without the port that the scheme has anyway.
export const baseUrl = plainUrl.transform((url) => withoutTrailingSlashes(new URL(url).href));

const isSigningToken = (token: string): boolean => /^whsec_[A-Za-z0-9+/]{43}=$/.test(token);

export const signingTokens = list.refine(
  (tokens) => tokens.every(isSigningToken),
  'expected whsec_ and base64 of 32 bytes, comma-separated while rotating',
);

export const encryptionKeys = list
  .transform((keys) => keys.map((key) => Buffer.from(key, 'base64')))
  .refine(
    (keys) => keys.length > 0 && keys.every((key) => key.length === 32),
    'expected base64 of 32 bytes, comma-separated while rotating',
  )
  .transform((keys) => keys as [Buffer, ...Buffer[]]);

export const databaseUrl = z
  .string()
  .refine((url) => !/^postgres(ql)?:/.test(url), 'PostgreSQL is not supported yet; expected file:PATH')
  .refine((url) => /^(?:file|postgres(?:ql)?):.+/.test(url), 'expected file:PATH')
  .refine((url) => !url.includes('?'), 'expected file:PATH without parameters');

/** An address, a network, or one of the names that Express knows for private networks. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  return isIP(address) !== 0 && Number(bits ?? 0) <= (isIP(address) === 4 ? 32 : 128);
}

export const networks = list.refine(
  (entries) => entries.every(isNetwork),
  'expected addresses or networks (10.0.0.0/8), loopback, linklocal or uniquelocal; comma-separated',
);

export const allowedHosts = list
  .transform((entries) => entries.map(readAllowedHost))
  .refine((hosts) => !hosts.includes(null), 'expected hosts, addresses or networks, comma-separated')
  .transform((hosts) => hosts.filter((host) => host !== null));

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
  error: 'expected trace, debug, info, warn, error, fatal or silent',
});

export const webhookTrust = z.enum(webhookTrusts, { error: 'expected project or all' });

export const audience = z.string().trim().min(1, 'expected an audience');
