import type { Config } from '../config.ts';
import type { Finding } from '../domain/finding.ts';

/** 24 characters of a random secret are more than 90 bits, however it is written. */
const shortest = 24;
/** A secret of fewer different characters is no random one. */
const fewest = 8;

const make = 'make another one: openssl rand -hex 24';

const isLocal = (url: string): boolean => /^(?:127\.|localhost$|\[::1\]$)/.test(new URL(url).hostname);

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

/** Secrets that can be guessed, or that open two doors. */
function checkSecrets(config: Config): readonly Finding[] {
  const secrets = secretsOf(config);
  return secrets.flatMap(([subject, secret], index): Finding[] => {
    const twin = secrets.slice(0, index).find(([, other]) => other === secret);
    const isWeak = secret.length < shortest || new Set(secret).size < fewest;
    const weak = `can be guessed: shorter than ${shortest} characters, or of fewer than ${fewest} different ones`;
    return [
      ...(isWeak ? [{ severity: 'warning' as const, subject, problem: weak, remedy: make }] : []),
      ...(twin === undefined
        ? []
        : [{ severity: 'warning' as const, subject, problem: `is the same as ${twin[0]}`, remedy: make }]),
    ];
  });
}

/** What anybody could do or read on the way. */
function checkDoors(config: Config, hasKeys: boolean): readonly Finding[] {
  const { publicUrl, gitlabUrl, adminToken, oidcAudience } = config;
  const hooks = [...config.webhookSecrets, ...config.webhookSigningTokens, ...config.relaySecrets];
  const rows: readonly (readonly [boolean, Finding['severity'], string, string, string])[] = [
    [
      adminToken === null && oidcAudience === null && !hasKeys,
      'warning',
      'ADMIN_TOKEN',
      'anyone on this machine may call the API',
      'set ADMIN_TOKEN, or make a key with pipeline-trigger keys create',
    ],
    [
      hooks.length === 0,
      'warning',
      'WEBHOOK_SECRET',
      'no hook can be authenticated',
      'set WEBHOOK_SECRET or WEBHOOK_SIGNING_TOKEN, as in the webhook of GitLab',
    ],
    [
      hooks.length > 0 && config.webhookSigningTokens.length === 0,
      'note',
      'WEBHOOK_SIGNING_TOKEN',
      'hooks are known by a secret that they carry, not by a signature',
      'with GitLab 19, set a signing token',
    ],
    [
      publicUrl !== null && publicUrl.startsWith('http:') && !isLocal(publicUrl),
      'warning',
      'PUBLIC_URL',
      'keys and secrets come over plain http',
      'put a proxy with TLS in front, and name it with https',
    ],
    [
      gitlabUrl.startsWith('http:') && !isLocal(gitlabUrl),
      'warning',
      'GITLAB_URL',
      'tokens go to GitLab over plain http',
      'use https',
    ],
    [
      config.gitlabToken === null,
      'warning',
      'GITLAB_TOKEN',
      'there is none: what no hook tells is not looked up',
      'set a token with scope api',
    ],
    [
      config.encryptionKeys === null,
      'note',
      'ENCRYPTION_KEY',
      'the key lies beside the database: a backup of the folder has both',
      'set ENCRYPTION_KEY or ENCRYPTION_KEY_FILE',
    ],
  ];
  return rows.flatMap(([applies, severity, subject, problem, remedy]) =>
    applies ? [{ severity, subject, problem, remedy }] : [],
  );
}

/** What the settings leave open or weak. */
export const checkSettings = (config: Config, hasKeys: boolean): readonly Finding[] => [
  ...checkDoors(config, hasKeys),
  ...checkSecrets(config),
];
