import { isIP } from 'node:net';
import { z } from 'zod';
import { webhookTrusts } from '../domain/webhook-trust.ts';
import { readAllowedHost } from '../callbacks/allowed-hosts.ts';
import { withoutTrailingSlashes } from '../domain/text.ts';

/** Parses the text of one setting. Errors do not show it, since it may be a secret. */

/** A secret that is sent in a header: other characters arrive changed, or never. */
export const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'expected ASCII characters without blanks: an HTTP header carries no others');

/** Other secrets, which may contain blanks. */
const headerText = /^[\x20-\x7e]*$/;
const expectedHeaderText = 'expected ASCII characters: an HTTP header carries no others';

export const secret = z.string().regex(headerText, expectedHeaderText);

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

/** Source: GitLab doc/user/reserved_names.md, "Limitations on usernames" */
export const usernames = list.refine(
  (names) => names.every((name) => /^\w[\w.-]{0,254}$/.test(name)),
  'expected usernames of GitLab without @, comma-separated',
);

/** A shorter part can be guessed, or is the rest of a secret that contains a comma. */
const leastPartLength = 8;

/** Several valid secrets during a rotation. */
export const secretList = list
  .refine((parts) => parts.every((part) => headerText.test(part)), {
    error: expectedHeaderText,
    abort: true,
  })
  .refine(
    (parts) => parts.every((part) => part.length >= leastPartLength),
    `expected ${leastPartLength} characters or more in each part; a comma separates two secrets`,
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

// Normalized as URLs are: the host in lower case, without the default port.
export const baseUrl = plainUrl.transform((url) => withoutTrailingSlashes(new URL(url).href));

/** Paths of GitLab's API, which the service appends itself. */
const apiPath = /\/api\/(?:v\d+|graphql)(?:\/|$)/i;

/** The base URL of a GitLab, as its users open it. */
export const gitlabBaseUrl = baseUrl.refine(
  (url) => !apiPath.test(new URL(url).pathname),
  'expected the address that people open GitLab by, without /api/v4',
);

/** The base URL of this service. */
export const serviceUrl = baseUrl.refine(
  (url) => !/\/webhooks\/gitlab$/i.test(new URL(url).pathname),
  'expected the address of the service, without /webhooks/gitlab',
);

const isSigningToken = (token: string): boolean => /^whsec_[A-Za-z0-9+/]{43}=$/.test(token);

export const signingTokens = list.refine(
  (tokens) => tokens.every(isSigningToken),
  'expected whsec_ and base64 of 32 bytes, comma-separated while rotating',
);

const expectedKeys = 'expected base64 of 32 bytes, comma-separated while rotating';

export const encryptionKeys = list
  .refine((keys) => keys.every((key) => /^[\w+/-]{43}=?$/.test(key)), {
    error: expectedKeys,
    abort: true,
  })
  .transform((keys) => keys.map((key) => Buffer.from(key, 'base64')))
  .refine((keys) => keys.length > 0 && keys.every((key) => key.length === 32), expectedKeys)
  .transform((keys) => keys as [Buffer, ...Buffer[]]);

const expectedPostgresql = 'expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE';

/** A password may hold what a URL does not: percent-encoded, or in PGPASSWORD. */
const isPostgresqlUrl = (url: string): boolean =>
  /^postgres(?:ql)?:\/\/[^/\s]*\/[^/?\s]+(?:\?\S*)?$/.test(url) && URL.canParse(url);

/** PostgreSQL alone. */
export const postgresqlUrl = z.string().refine(isPostgresqlUrl, expectedPostgresql);

/** SQLite alone. */
export const fileUrl = z
  .string()
  .refine(
    (url) => /^file:.+/.test(url),
    'expected file:PATH, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE',
  )
  .refine((url) => !url.includes('?'), 'expected file:PATH without parameters')
  // SQLite's driver removes blanks itself, and `:memory:` exists for one connection only; the service opens two.
  .transform((url) => url.replace(/^file:\s*/, 'file:'))
  .refine((url) => url !== 'file:', 'expected file:PATH')
  .refine((url) => url !== 'file::memory:', 'expected file:PATH of a file on disk');

export const databaseUrl = z
  .string()
  .superRefine((url, context) => {
    const { error } = (/^postgres(?:ql)?:/.test(url) ? postgresqlUrl : fileUrl).safeParse(url);
    for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message });
  })
  .transform((url) => url.replace(/^file:\s*/, 'file:'));

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

/** A switch. */
export const onOrOff = z
  .enum(['on', 'off'], { error: 'expected on or off' })
  .transform((word) => word === 'on');

export const audience = z.string().trim().min(1, 'expected an audience');
