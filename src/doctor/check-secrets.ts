import type { Config } from '../config/config.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';

/** 24 characters of a random secret are more than 90 bits in any encoding. */
const shortest = 24;
/** A secret with fewer different characters is not random. */
const fewest = 8;

const weak = `can be guessed: shorter than ${shortest} characters, or of fewer than ${fewest} different ones`;
const make = 'make another one: openssl rand -hex 24';

/** The secrets that the operator chooses; GitLab generates the others, and the encryption key has a fixed length. */
function secretsOf(config: Config): readonly (readonly [name: string, secret: string])[] {
  const { adminToken, webhookSecrets, webhookSigningTokens, relaySecrets, callbackSecret } = config;
  return [
    ...(adminToken === null ? [] : [['ADMIN_TOKEN', adminToken] as const]),
    ...webhookSecrets.map((secret) => ['WEBHOOK_SECRET', secret] as const),
    ...webhookSigningTokens.map((secret) => ['WEBHOOK_SIGNING_TOKEN', secret] as const),
    ...relaySecrets.map((secret) => ['RELAY_SECRET', secret] as const),
    ...(callbackSecret === null ? [] : [['CALLBACK_SECRET', callbackSecret] as const]),
  ];
}

/** The random bytes of a signing token, without the prefix that all have. */
const randomOf = (secret: string): string =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64').toString('latin1') : secret;

/** Finds secrets that are easy to guess, or that two settings share. */
export function checkSecrets(config: Config): readonly DoctorFinding[] {
  const secrets = secretsOf(config);
  return secrets.flatMap(([subject, secret], index): readonly DoctorFinding[] => {
    const earlier = secrets.slice(0, index).find(([, other]) => other === secret);
    const isWeak = secret.length < shortest || new Set(randomOf(secret)).size < fewest;
    return [
      ...(isWeak ? [doctorFinding('secret_weak', subject, weak, make)] : []),
      ...(earlier === undefined
        ? []
        : [doctorFinding('secret_reused', subject, `is the same as ${earlier[0]}`, make)]),
    ];
  });
}
