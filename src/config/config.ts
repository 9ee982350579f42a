import type { z } from 'zod';
import type { TracingSettings } from './tracing-settings.ts';
import type { AllowedHost } from '../callbacks/allowed-hosts.ts';
import { ConfigError } from './startup-errors.ts';
import { sharingSecrets } from './distinct-origins.ts';
import { environment } from './environment.ts';
import { tracingEnvironment, tracingSettings, wantsTraces } from './tracing.ts';
import type { Environment } from './secret-files.ts';
import { readSettingFile, withFiles } from './secret-files.ts';
import type { WebhookTrust } from '../domain/webhook-trust.ts';
import type { Policy } from '../domain/access/policy.ts';
import { readPolicy, WrongPolicy } from './policy-file.ts';
import type { SignInConfig } from './sign-in-config.ts';
import { signInConfig } from './sign-in-config.ts';
import { fileUrl, postgresqlUrl } from './values.ts';

/** The checked settings, parsed. */
export interface Config {
  readonly gitlabUrl: string;
  readonly gitlabToken: string | null;
  readonly gitlabTriggerToken: string | null;
  readonly allowedGitlabUrls: readonly string[];
  readonly webhookSecrets: readonly string[];
  readonly webhookTrust: WebhookTrust;
  readonly webhookSigningTokens: readonly string[];
  readonly relaySecrets: readonly string[];
  readonly adminToken: string | null;
  /** Id_tokens made for this audience are accepted; null for none. */
  readonly oidcAudience: string | null;
  /** What CI jobs with an id_token may start; null without a policy file: nothing. */
  readonly policy: Policy | null;
  /** The application of GitLab that people sign in with; null where they cannot. */
  readonly signIn: SignInConfig | null;
  /** How many pending triggers, and open event streams, one key name or project of id_tokens may have. */
  readonly pendingLimit: number;
  readonly streamLimit: number;
  readonly callbackHosts: readonly AllowedHost[];
  readonly callbackSecret: string | null;
  readonly encryptionKeys: readonly [Buffer, ...Buffer[]] | null;
  readonly databaseUrl: string;
  /** The same PostgreSQL without a pooler in between; null where it is the same way. */
  readonly databaseDirectUrl: string | null;
  readonly publicUrl: string | null;
  /** Addresses and networks in the form of Express's `trust proxy`. */
  readonly trustedProxies: readonly string[];
  readonly host: string;
  readonly port: number;
  /** `PRODUCTION_GUARD` is on. */
  readonly guardsProduction: boolean;
  /** Retries of single jobs that the service may make by itself, in one project a day. */
  readonly autoRetryBudget: number;
  /** `APPROVAL_FOUR_EYES` is on. */
  readonly fourEyes: boolean;
  readonly sweepSeconds: number;
  readonly deadlineSeconds: number;
  readonly retentionDays: number;
  readonly auditRetentionDays: number;
  readonly logLevel: string;
  /** Null: tracing is off. */
  readonly tracing: TracingSettings | null;
}

/**
 * Reads the configuration from the environment; a secret may be in the file that `NAME_FILE` names.
 * @throws ConfigError
 */
export function readConfig(env: Environment): Config {
  const given = withFiles(env);
  const { data, error } = environment.safeParse(given);
  const traces = wantsTraces(given) ? tracingEnvironment.safeParse(given) : undefined;
  const errors = [error, traces?.error].filter((each) => each !== undefined);
  if (data === undefined || errors.length > 0) throw new ConfigError(errors.flatMap(linesFor));
  if (data.WEBHOOK_SECRET.length > 0 && data.WEBHOOK_TRUST === 'project')
    refuseSharedSecrets([data.GITLAB_URL, ...data.GITLAB_ALLOWED_HOSTS]);
  return {
    gitlabUrl: data.GITLAB_URL,
    gitlabToken: data.GITLAB_TOKEN ?? null,
    gitlabTriggerToken: data.GITLAB_TRIGGER_TOKEN ?? null,
    allowedGitlabUrls: data.GITLAB_ALLOWED_HOSTS,
    webhookSecrets: data.WEBHOOK_SECRET,
    webhookTrust: data.WEBHOOK_TRUST,
    webhookSigningTokens: data.WEBHOOK_SIGNING_TOKEN,
    relaySecrets: data.RELAY_SECRET,
    adminToken: data.ADMIN_TOKEN ?? null,
    oidcAudience: data.OIDC_AUDIENCE ?? null,
    policy: data.POLICY_FILE === undefined ? null : policyIn(data.POLICY_FILE, data.GITLAB_URL),
    signIn: signInConfig(data),
    pendingLimit: data.PENDING_LIMIT,
    streamLimit: data.STREAM_LIMIT,
    callbackHosts: data.CALLBACK_ALLOWED_HOSTS,
    callbackSecret: data.CALLBACK_SECRET ?? null,
    ...databaseIn(data),
    publicUrl: data.PUBLIC_URL ?? null,
    trustedProxies: data.TRUSTED_PROXIES,
    host: data.HOST,
    port: data.PORT,
    guardsProduction: data.PRODUCTION_GUARD,
    autoRetryBudget: data.AUTO_RETRY_BUDGET,
    fourEyes: data.APPROVAL_FOUR_EYES,
    sweepSeconds: data.SWEEP_SECONDS,
    deadlineSeconds: data.DEADLINE_SECONDS,
    retentionDays: data.RETENTION_DAYS,
    auditRetentionDays: data.AUDIT_RETENTION_DAYS,
    logLevel: data.LOG_LEVEL,
    tracing: traces?.data === undefined ? null : tracingSettings(traces.data),
  };
}

/** @throws ConfigError */
function refuseSharedSecrets(gitlabUrls: readonly string[]): void {
  const found = sharingSecrets(gitlabUrls);
  if (found === null) return;
  const [one, other] = found;
  throw new ConfigError([
    `GITLAB_ALLOWED_HOSTS: projects of ${one} and of ${other} would have the same secret for their hooks; ` +
      'expected GitLabs of different host names',
  ]);
}

function policyIn(file: string, gitlabUrl: string): Policy {
  const text = readSettingFile('POLICY_FILE', file);
  try {
    return readPolicy(text, gitlabUrl);
  } catch (error) {
    if (error instanceof WrongPolicy) throw new ConfigError([`POLICY_FILE: ${error.message}`]);
    throw error;
  }
}

/**
 * Reads only the settings that opening the database needs.
 * @throws ConfigError
 */
export function readDatabaseConfig(
  env: Environment,
): DatabaseConfig & Pick<Config, 'retentionDays' | 'logLevel'> {
  const { data, error } = environment
    .pick({
      DATABASE_URL: true,
      DATABASE_DIRECT_URL: true,
      ENCRYPTION_KEY: true,
      RETENTION_DAYS: true,
      LOG_LEVEL: true,
    })
    .safeParse(withFiles(env));
  if (error !== undefined) throw new ConfigError(linesFor(error));
  return {
    ...databaseIn(data),
    retentionDays: data.RETENTION_DAYS,
    logLevel: data.LOG_LEVEL,
  };
}

type DatabaseConfig = Pick<Config, 'databaseUrl' | 'databaseDirectUrl' | 'encryptionKeys'>;

/** @throws ConfigError for values that do not go together */
function databaseIn({
  DATABASE_URL: databaseUrl,
  DATABASE_DIRECT_URL: databaseDirectUrl = null,
  ENCRYPTION_KEY: encryptionKeys = null,
}: {
  readonly DATABASE_URL: string;
  readonly DATABASE_DIRECT_URL?: string | null | undefined;
  readonly ENCRYPTION_KEY?: Config['encryptionKeys'] | undefined;
}): DatabaseConfig {
  const isFile = databaseUrl.startsWith('file:');
  if (isFile && databaseDirectUrl !== null)
    throw new ConfigError(['DATABASE_DIRECT_URL: expected DATABASE_URL to be postgresql://… as well']);
  if (!isFile && encryptionKeys === null)
    throw new ConfigError([
      'ENCRYPTION_KEY: expected base64 of 32 bytes, which PostgreSQL needs: no file beside it can hold one',
    ]);
  return { databaseUrl, databaseDirectUrl, encryptionKeys };
}

/**
 * Reads what it takes to copy one database to another.
 * @throws ConfigError
 */
export function readMigrationConfig(
  env: Environment,
  urls: { readonly from: string; readonly to: string },
): { readonly from: string; readonly to: string; readonly encryptionKeys: Config['encryptionKeys'] } {
  const { data, error } = environment.pick({ ENCRYPTION_KEY: true }).safeParse(withFiles(env));
  const [from, to] = [fileUrl.safeParse(urls.from), postgresqlUrl.safeParse(urls.to)];
  const wrong = (name: string, result: z.ZodSafeParseResult<string>): readonly string[] =>
    result.success ? [] : [`${name}: ${result.error.issues[0]?.message ?? 'unusable'}`];
  if (from.success && to.success && data !== undefined)
    return { from: from.data, to: to.data, encryptionKeys: data.ENCRYPTION_KEY ?? null };
  throw new ConfigError([
    ...wrong('--from', from),
    ...wrong('--to', to),
    ...(error === undefined ? [] : linesFor(error)),
  ]);
}

/**
 * Reads only the settings that name GitLabs.
 * @throws ConfigError
 */
export function readGitLabConfig(env: Environment): Pick<Config, 'gitlabUrl' | 'allowedGitlabUrls'> {
  const { data, error } = environment
    .pick({ GITLAB_URL: true, GITLAB_ALLOWED_HOSTS: true })
    .safeParse(withFiles(env));
  if (error !== undefined) throw new ConfigError(linesFor(error));
  return { gitlabUrl: data.GITLAB_URL, allowedGitlabUrls: data.GITLAB_ALLOWED_HOSTS };
}

/** One line for each wrong variable: its first error. */
function linesFor({ issues }: z.ZodError): readonly string[] {
  const firsts = issues.filter(
    ({ path: [name] }, index) => index === issues.findIndex(({ path }) => path[0] === name),
  );
  return firsts.map(({ path: [name], message }) => `${String(name)}: ${message}`);
}
