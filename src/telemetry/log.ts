import { writeSync } from 'node:fs';
import type { DestinationStream, Logger } from 'pino';
import pino from 'pino';
import type { Config } from '../config/config.ts';
import { redactSecrets } from '../domain/redact-secrets.ts';
import { escapeControls } from '../domain/terminal-text.ts';
import { createLogDestination } from './log-destination.ts';

/** Members that must not be logged; should one be, its value is replaced. */
const secretMembers = [
  'token',
  'apiToken',
  'triggerToken',
  'adminToken',
  'password',
  'secret',
  'secrets',
  'variables',
  'inputs',
  'callbackUrl',
  'authorization',
  'cookie',
  '["private-token"]',
  '["x-gitlab-token"]',
  '["x-hub-signature-256"]',
  '["webhook-signature"]',
];

const below = (path: string, member: string): string =>
  member.startsWith('[') ? `${path}${member}` : `${path}.${member}`;

const redact = {
  paths: secretMembers.flatMap((member) => [member, below('*', member), below('*.*', member)]),
  censor: '[redacted]',
};

/**
 * JSON lines, on stderr. Callers must not log secrets; as a safety net, members with names of secrets are replaced, and
 * the operator's secrets anywhere in a line.
 */
export function createLog(config: Config, destination: DestinationStream = createLogDestination()): Logger {
  const hide = redactSecrets(secretsOf(config));
  return pino(
    {
      level: config.logLevel,
      redact,
      hooks: { streamWrite: (line) => escapeControls(hide(line)) },
    },
    destination,
  );
}

/** The same for a short-lived command: each line is written synchronously. */
export const createCommandLog = (level: string): Logger =>
  pino({ level, redact, hooks: { streamWrite: escapeControls } }, { write: writeIfPossible });

/** A command continues where its log cannot be written. */
function writeIfPossible(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // There is no place to report it.
  }
}

/** How long the reader of a log may take for its last lines. */
const flushMs = 1_000;

/** Whether the lines so far were written or dropped within a second. */
export const flushed = (log: Logger): Promise<boolean> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(false), flushMs).unref();
    log.flush(() => resolve(true));
  });

function secretsOf(config: Config): readonly string[] {
  const {
    callbackSecret,
    gitlabToken,
    gitlabTriggerToken,
    webhookSecrets,
    webhookSigningTokens,
    relaySecrets,
    adminToken,
    tracing,
  } = config;
  const keys = (config.encryptionKeys ?? []).map((key) => key.toString('base64'));
  const single = [gitlabToken, gitlabTriggerToken, adminToken, callbackSecret].filter(
    (secret) => secret !== null,
  );
  // `Bearer abc` is a secret, and so is `abc`.
  const headers = Object.values(tracing?.headers ?? {}).flatMap((value) => [
    value,
    value.replace(/^.* /, ''),
  ]);
  return [...single, ...webhookSecrets, ...webhookSigningTokens, ...relaySecrets, ...keys, ...headers];
}
