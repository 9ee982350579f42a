import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { AllowedHost } from './callbacks/allowed-hosts.ts';
import { readAllowedHost } from './callbacks/allowed-hosts.ts';
import type { Policy } from './domain/policy.ts';
import { readPolicy, WrongPolicy } from './read-policy.ts';

/** What the operator set, checked and in the form we use. */
export interface Config {
  readonly gitlabUrl: string;
  readonly gitlabToken: string | null;
  readonly gitlabTriggerToken: string | null;
  readonly allowedGitlabUrls: readonly string[];
  readonly webhookSecrets: readonly string[];
  readonly webhookSigningTokens: readonly string[];
  readonly relaySecrets: readonly string[];
  readonly adminToken: string | null;
  /** Id_tokens made for this audience are accepted; null for none. */
  readonly oidcAudience: string | null;
  /** What CI jobs with an id_token may start; null where no file says so, which is nothing. */
  readonly policy: Policy | null;
  readonly callbackHosts: readonly AllowedHost[];
  readonly callbackSecret: string | null;
  readonly encryptionKeys: readonly [Buffer, ...Buffer[]] | null;
  readonly databaseUrl: string;
  readonly publicUrl: string | null;
  /** Addresses and networks, as Express takes them for `trust proxy`. */
  readonly trustedProxies: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly sweepSeconds: number;
  readonly deadlineSeconds: number;
  readonly retentionDays: number;
  readonly auditRetentionDays: number;
  readonly logLevel: string;
}

/** What stops the start: a line for each wrong value, none of which shows a secret. */
export class ConfigError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const baseUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL', abort: true })
  .refine(
    (url) => !/[?#]/.test(url) && new URL(url).username + new URL(url).password === '',
    'expected a URL without user, query and fragment',
  )
  // As URLs are compared: the host in lower case, without the port that the scheme has anyway.
  .transform((url) => new URL(url).href.replace(/\/+$/, ''));
const secret = z.string();
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const wholeNumber = (min: number, max: number) => {
  const error = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .pipe(z.number().min(min, error).max(max, error));
};

const isSigningToken = (token: string): boolean => /^whsec_[A-Za-z0-9+/]{43}=$/.test(token);
/** An address, a network, or one of the names that Express knows for private networks. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  return isIP(address) !== 0 && Number(bits ?? 0) <= (isIP(address) === 4 ? 32 : 128);
}

const encryptionKeys = list
  .transform((keys) => keys.map((key) => Buffer.from(key, 'base64')))
  .refine(
    (keys) => keys.length > 0 && keys.every((key) => key.length === 32),
    'expected base64 of 32 bytes, comma-separated while rotating',
  )
  .transform((keys) => keys as [Buffer, ...Buffer[]]);

const databaseUrl = z
  .string()
  .refine((url) => !/^postgres(ql)?:/.test(url), 'PostgreSQL is not supported yet; expected file:PATH')
  .refine((url) => /^(?:file|postgres(?:ql)?):.+/.test(url), 'expected file:PATH')
  .refine((url) => !url.includes('?'), 'expected file:PATH without parameters');

/** Each variable of the contract, section 1. */
const environment = z.object({
  GITLAB_URL: baseUrl.default('https://gitlab.com'),
  GITLAB_TOKEN: secret.optional(),
  GITLAB_TRIGGER_TOKEN: secret.optional(),
  GITLAB_ALLOWED_HOSTS: list.pipe(z.array(baseUrl)).default([]),
  WEBHOOK_SECRET: list.default([]),
  WEBHOOK_SIGNING_TOKEN: list
    .refine(
      (tokens) => tokens.every(isSigningToken),
      'expected whsec_ and base64 of 32 bytes, comma-separated while rotating',
    )
    .default([]),
  RELAY_SECRET: list.default([]),
  ADMIN_TOKEN: secret.optional(),
  ENCRYPTION_KEY: encryptionKeys.optional(),
  DATABASE_URL: databaseUrl.default('file:./data/pipeline-trigger.db'),
  PUBLIC_URL: baseUrl.optional(),
  TRUSTED_PROXIES: list
    .refine(
      (proxies) => proxies.every(isNetwork),
      'expected addresses or networks (10.0.0.0/8), loopback, linklocal or uniquelocal; comma-separated',
    )
    .default([]),
  HOST: z.string().default('0.0.0.0'),
  PORT: wholeNumber(0, 65_535).default(8080),
  SWEEP_SECONDS: wholeNumber(1, 86_400).default(60),
  DEADLINE_SECONDS: wholeNumber(1, 31_536_000).default(86_400),
  RETENTION_DAYS: wholeNumber(1, 36_500).default(30),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 36_500).default(365),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'expected trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  OIDC_AUDIENCE: z.string().trim().min(1, 'expected an audience').optional(),
  POLICY_FILE: z.string().optional(),
  CALLBACK_ALLOWED_HOSTS: list
    .transform((entries) => entries.map(readAllowedHost))
    .refine((hosts) => !hosts.includes(null), 'expected hosts, addresses or networks, comma-separated')
    .transform((hosts) => hosts.filter((host) => host !== null))
    .default([]),
  CALLBACK_SECRET: secret.optional(),
});

/** The names of all variables that are read; each of `secretNames` also with `_FILE` behind it. */
export const settingNames: readonly string[] = Object.keys(environment.shape);

export const secretNames = [
  'GITLAB_TOKEN',
  'GITLAB_TRIGGER_TOKEN',
  'WEBHOOK_SECRET',
  'WEBHOOK_SIGNING_TOKEN',
  'RELAY_SECRET',
  'ADMIN_TOKEN',
  'ENCRYPTION_KEY',
  'CALLBACK_SECRET',
] as const;

/**
 * Reads the configuration from the environment; a secret may lie in the file that `NAME_FILE` names.
 * @throws ConfigError
 */
export function readConfig(env: Environment): Config {
  const { data, error } = environment.safeParse(withFiles(env));
  if (error !== undefined) throw new ConfigError(linesFor(error));
  return {
    gitlabUrl: data.GITLAB_URL,
    gitlabToken: data.GITLAB_TOKEN ?? null,
    gitlabTriggerToken: data.GITLAB_TRIGGER_TOKEN ?? null,
    allowedGitlabUrls: data.GITLAB_ALLOWED_HOSTS,
    webhookSecrets: data.WEBHOOK_SECRET,
    webhookSigningTokens: data.WEBHOOK_SIGNING_TOKEN,
    relaySecrets: data.RELAY_SECRET,
    adminToken: data.ADMIN_TOKEN ?? null,
    oidcAudience: data.OIDC_AUDIENCE ?? null,
    policy: data.POLICY_FILE === undefined ? null : policyIn(data.POLICY_FILE, data.GITLAB_URL),
    callbackHosts: data.CALLBACK_ALLOWED_HOSTS,
    callbackSecret: data.CALLBACK_SECRET ?? null,
    encryptionKeys: data.ENCRYPTION_KEY ?? null,
    databaseUrl: data.DATABASE_URL,
    publicUrl: data.PUBLIC_URL ?? null,
    trustedProxies: data.TRUSTED_PROXIES,
    host: data.HOST,
    port: data.PORT,
    sweepSeconds: data.SWEEP_SECONDS,
    deadlineSeconds: data.DEADLINE_SECONDS,
    retentionDays: data.RETENTION_DAYS,
    auditRetentionDays: data.AUDIT_RETENTION_DAYS,
    logLevel: data.LOG_LEVEL,
  };
}

function policyIn(file: string, gitlabUrl: string): Policy {
  try {
    return readPolicy(readFileSync(file, 'utf8'), gitlabUrl);
  } catch (error) {
    if (error instanceof WrongPolicy) throw new ConfigError([`POLICY_FILE: ${error.message}`]);
    throw new ConfigError([`POLICY_FILE: expected a file that can be read (${codeOf(error)})`]);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unreadable';

/**
 * Reads only what it takes to open the database.
 * @throws ConfigError
 */
export function readDatabaseConfig(
  env: Environment,
): Pick<Config, 'databaseUrl' | 'encryptionKeys' | 'retentionDays'> {
  const { data, error } = environment
    .pick({ DATABASE_URL: true, ENCRYPTION_KEY: true, RETENTION_DAYS: true })
    .safeParse(withFiles(env));
  if (error !== undefined) throw new ConfigError(linesFor(error));
  return {
    databaseUrl: data.DATABASE_URL,
    encryptionKeys: data.ENCRYPTION_KEY ?? null,
    retentionDays: data.RETENTION_DAYS,
  };
}

/**
 * Reads only which GitLabs there are.
 * @throws ConfigError
 */
export function readGitLabConfig(env: Environment): Pick<Config, 'gitlabUrl' | 'allowedGitlabUrls'> {
  const { data, error } = environment
    .pick({ GITLAB_URL: true, GITLAB_ALLOWED_HOSTS: true })
    .safeParse(withFiles(env));
  if (error !== undefined) throw new ConfigError(linesFor(error));
  return { gitlabUrl: data.GITLAB_URL, allowedGitlabUrls: data.GITLAB_ALLOWED_HOSTS };
}

/** One line for each variable: the first thing that is wrong with it. */
function linesFor({ issues }: z.ZodError): readonly string[] {
  const firsts = issues.filter(
    ({ path: [name] }, index) => index === issues.findIndex(({ path }) => path[0] === name),
  );
  return firsts.map(({ path: [name], message }) => `${String(name)}: ${message}`);
}

/** The variables that are set, secrets read from their files. An empty variable counts as not set. */
function withFiles(env: Environment): Environment {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const files = secretNames.flatMap((name) => {
    const file = given[`${name}_FILE`];
    if (file === undefined) return [];
    if (given[name] !== undefined)
      throw new ConfigError([`${name}_FILE: ${name} is set as well; set only one of them`]);
    return [[name, readSecret(`${name}_FILE`, file)] as const];
  });
  return { ...given, ...Object.fromEntries(files) };
}

function readSecret(name: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError([`${name}: expected a file that can be read (${codeOf(error)})`]);
  }
  if (text === '') throw new ConfigError([`${name}: expected a file that is not empty`]);
  return text;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

/**
 * Without authentication the service is for this machine only.
 * @throws ConfigError
 */
export function refuseOpenDoors(
  { host, adminToken, oidcAudience, webhookSecrets, webhookSigningTokens, relaySecrets }: Config,
  { hasKeys }: { readonly hasKeys: boolean },
): void {
  if (isLoopback(host)) return;
  const lines: string[] = [];
  if (adminToken === null && !hasKeys && oidcAudience === null)
    lines.push(
      `HOST: refusing to listen on ${host} while anyone may call the API; ` +
        'set ADMIN_TOKEN, make a key with `pipeline-trigger keys create`, set OIDC_AUDIENCE, or set HOST=127.0.0.1',
    );
  if (webhookSecrets.length + webhookSigningTokens.length + relaySecrets.length === 0)
    lines.push(
      `HOST: refusing to listen on ${host} while anyone may send webhooks; ` +
        'set WEBHOOK_SECRET, WEBHOOK_SIGNING_TOKEN or RELAY_SECRET, or HOST=127.0.0.1',
    );
  if (lines.length > 0) throw new ConfigError(lines);
}
