import { writeSync } from 'node:fs';
import type { DestinationStream, Logger } from 'pino';
import pino from 'pino';
import type { Config } from '../config/config.ts';
import { redactSecrets } from '../domain/redact-secrets.ts';
import { escapeControls } from '../domain/terminal-text.ts';
import { createLogDestination } from './log-destination.ts';

/** Members that nobody is to give to a log; should somebody do so, their values are replaced. */
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
 * JSON lines, on stderr. Nothing secret may be given to it; this is the net below: members that are called as secrets
 * are, and wherever they stand the secrets that the operator set.
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

/** The same for a command that has little to say and then ends: each line is out before it goes on. */
export const createCommandLog = (level: string): Logger =>
  pino({ level, redact, hooks: { streamWrite: escapeControls } }, { write: writeIfPossible });

/** A command does its work also where its log cannot be written. */
function writeIfPossible(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // There is nowhere to say so.
  }
}

/** How long the reader of a log may take for its last lines. */
const flushMs = 1_000;

/** Whether the lines so far left the process within a second; so they did when they could not be written. */
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
