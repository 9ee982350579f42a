import { z } from 'zod';
import { tracingSwitches } from './tracing.ts';
import {
  allowedHosts,
  audience,
  databaseUrl,
  encryptionKeys,
  gitlabBaseUrl,
  list,
  logLevel,
  networks,
  onOrOff,
  postgresqlUrl,
  secret,
  secretList,
  serviceUrl,
  signingTokens,
  token,
  usernames,
  webhookTrust,
  wholeNumber,
} from './values.ts';

const gitlab = {
  GITLAB_URL: gitlabBaseUrl.default('https://gitlab.com'),
  GITLAB_TOKEN: token.optional(),
  GITLAB_TRIGGER_TOKEN: token.optional(),
  GITLAB_ALLOWED_HOSTS: list.pipe(z.array(gitlabBaseUrl)).default([]),
};

const hooks = {
  WEBHOOK_SECRET: secretList.default([]),
  WEBHOOK_TRUST: webhookTrust.default('project'),
  WEBHOOK_SIGNING_TOKEN: signingTokens.default([]),
  RELAY_SECRET: secretList.default([]),
};

const callers = {
  ADMIN_TOKEN: token.optional(),
  OIDC_AUDIENCE: audience.optional(),
  POLICY_FILE: z.string().optional(),
};

const people = {
  GITLAB_OAUTH_ID: token.optional(),
  GITLAB_OAUTH_SECRET: token.optional(),
  ADMIN_USERS: usernames.default([]),
};

const limits = {
  PENDING_LIMIT: wholeNumber(1, 1_000_000).default(1_000),
  AUTO_RETRY_BUDGET: wholeNumber(0, 1_000_000).default(20),
  STREAM_LIMIT: wholeNumber(1, 10_000).default(100),
};

const callbacks = {
  CALLBACK_ALLOWED_HOSTS: allowedHosts.default([]),
  CALLBACK_SECRET: secret.optional(),
};

const storage = {
  ENCRYPTION_KEY: encryptionKeys.optional(),
  DATABASE_URL: databaseUrl.default('file:./data/pipeline-trigger.db'),
  DATABASE_DIRECT_URL: postgresqlUrl.optional(),
  RETENTION_DAYS: wholeNumber(1, 36_500).default(30),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 36_500).default(365),
};

const network = {
  PUBLIC_URL: serviceUrl.optional(),
  TRUSTED_PROXIES: networks.default([]),
  HOST: z.string().default('0.0.0.0'),
  PORT: wholeNumber(0, 65_535).default(8080),
};

const times = {
  SWEEP_SECONDS: wholeNumber(1, 86_400).default(60),
  DEADLINE_SECONDS: wholeNumber(1, 31_536_000).default(86_400),
};

const manualJobs = {
  PRODUCTION_GUARD: onOrOff.default(false),
  APPROVAL_FOUR_EYES: onOrOff.default(true),
};

const telemetry = {
  LOG_LEVEL: logLevel.default('info'),
};

/** Each variable that is read. */
export const environment = z.object({
  ...gitlab,
  ...hooks,
  ...callers,
  ...people,
  ...limits,
  ...callbacks,
  ...storage,
  ...network,
  ...times,
  ...manualJobs,
  ...telemetry,
});

/** The names of all variables that are read; each of `secretNames` also with `_FILE` behind it. */
export const settingNames: readonly string[] = [...Object.keys(environment.shape), ...tracingSwitches];

export const secretNames = [
  'GITLAB_TOKEN',
  'GITLAB_TRIGGER_TOKEN',
  'WEBHOOK_SECRET',
  'WEBHOOK_SIGNING_TOKEN',
  'RELAY_SECRET',
  'ADMIN_TOKEN',
  'GITLAB_OAUTH_SECRET',
  'ENCRYPTION_KEY',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'CALLBACK_SECRET',
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const;
