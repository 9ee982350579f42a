import type { DestinationStream, Logger } from 'pino';
import pino from 'pino';
import type { Config } from './config.ts';
import { hideSecrets } from './domain/hide-secrets.ts';

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

/**
 * JSON lines, on stderr. Nothing secret may be given to it; this is the net below: members that are called as secrets
 * are, and wherever they stand the secrets that the operator set.
 */
export function createLog(
  config: Config,
  // A reader of stderr that is slow must not hold the service up; what is left is written at the exit.
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger {
  return pino(
    {
      level: config.logLevel,
      redact: {
        paths: secretMembers.flatMap((member) => [member, below('*', member), below('*.*', member)]),
        censor: '[redacted]',
      },
      hooks: { streamWrite: hideSecrets(secretsOf(config)) },
    },
    destination,
  );
}

function secretsOf(config: Config): readonly string[] {
  const {
    callbackSecret,
    gitlabToken,
    gitlabTriggerToken,
    webhookSecrets,
    webhookSigningTokens,
    relaySecrets,
    adminToken,
  } = config;
  const keys = (config.encryptionKeys ?? []).map((key) => key.toString('base64'));
  const single = [gitlabToken, gitlabTriggerToken, adminToken, callbackSecret].filter(
    (secret) => secret !== null,
  );
  return [...single, ...webhookSecrets, ...webhookSigningTokens, ...relaySecrets, ...keys];
}
