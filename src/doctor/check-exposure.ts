import type { Config } from '../config/config.ts';
import type { DoctorFinding, DoctorFindingCode } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';
import { createHostCheck } from '../domain/access/allowed-host.ts';

type Row = readonly [
  applies: boolean,
  code: DoctorFindingCode,
  subject: string,
  problem: string,
  remedy: string,
];

const isLocal = (url: string): boolean => createHostCheck(null)(new URL(url).host);
const isPlain = (url: string): boolean => url.startsWith('http:') && !isLocal(url);

const addKey = 'set ADMIN_TOKEN, or make a key with pipeline-trigger keys create';

/** Findings about who may call, and who may send webhooks. */
function exposureRows(config: Config, hasKeys: boolean): readonly Row[] {
  const { publicUrl, adminToken, oidcAudience, policy } = config;
  const hooks = [...config.webhookSecrets, ...config.webhookSigningTokens, ...config.relaySecrets];
  const isOpen = adminToken === null && oidcAudience === null && config.signIn === null && !hasKeys;
  const isPublic = publicUrl !== null && !isLocal(publicUrl);
  return [
    [isOpen && !isPublic, 'api_open', 'ADMIN_TOKEN', 'anyone on this machine may call the API', addKey],
    [
      isOpen && isPublic,
      'api_public',
      'ADMIN_TOKEN',
      'anyone who reaches PUBLIC_URL may do everything, unless a proxy in front asks who they are',
      addKey,
    ],
    [
      hooks.length === 0,
      'hooks_open',
      'WEBHOOK_SECRET',
      'anyone on this machine may send hooks',
      'set WEBHOOK_SECRET or WEBHOOK_SIGNING_TOKEN, as in the webhook of GitLab',
    ],
    [
      config.webhookTrust === 'all',
      'webhooks_trusted_widely',
      'WEBHOOK_TRUST',
      'everybody who may send a hook, or knows its secret, decides how any trigger ends',
      'unset WEBHOOK_TRUST, and run hooks install for each project',
    ],
    [
      config.guardsProduction && hooks.length === 0,
      'guard_without_webhooks',
      'PRODUCTION_GUARD',
      'only webhooks show which jobs deploy to production, and none can be authenticated',
      'set WEBHOOK_SECRET, and run hooks install for each project',
    ],
    [
      oidcAudience !== null && policy === null,
      'id_tokens_without_policy',
      'POLICY_FILE',
      'id_tokens are accepted but may start nothing',
      'set POLICY_FILE, or unset OIDC_AUDIENCE',
    ],
    [
      oidcAudience === null && policy !== null,
      'policy_without_id_tokens',
      'OIDC_AUDIENCE',
      'the policy is of no use: id_tokens are not accepted',
      'set OIDC_AUDIENCE, or unset POLICY_FILE',
    ],
  ];
}

/** Findings about connections without TLS. */
function rowsOfWays(config: Config): readonly Row[] {
  const { publicUrl, gitlabUrl, allowedGitlabUrls, trustedProxies } = config;
  const plain = 'come or go over plain http';
  return [
    [
      publicUrl !== null && isPlain(publicUrl),
      'plain_http',
      'PUBLIC_URL',
      `keys and secrets ${plain}`,
      'put a proxy with TLS in front, and name it with https',
    ],
    [isPlain(gitlabUrl), 'plain_http', 'GITLAB_URL', `tokens ${plain}`, 'use https'],
    [
      allowedGitlabUrls.some(isPlain),
      'plain_http',
      'GITLAB_ALLOWED_HOSTS',
      `tokens ${plain}`,
      'name them with https',
    ],
    [
      trustedProxies.some((network) => /\/0$/.test(network)),
      'proxies_trusted_widely',
      'TRUSTED_PROXIES',
      'everybody may say to be any address',
      'name the addresses of the proxies',
    ],
  ];
}

/** Other findings. */
const rowsOfRest = (config: Config): readonly Row[] => [
  [
    config.gitlabToken === null,
    'no_gitlab_token',
    'GITLAB_TOKEN',
    'there is none: an authenticated hook alone proves how a pipeline goes, and what none reports is not read',
    'set a token with scope api',
  ],
  [
    config.encryptionKeys === null,
    'encryption_key_beside_database',
    'ENCRYPTION_KEY',
    'the key lies beside the database: a backup of the folder has both',
    'set ENCRYPTION_KEY or ENCRYPTION_KEY_FILE',
  ],
];

/** Findings about access. @param hasKeys whether there was ever a key */
export const checkExposure = (config: Config, hasKeys: boolean): readonly DoctorFinding[] =>
  [...exposureRows(config, hasKeys), ...rowsOfWays(config), ...rowsOfRest(config)].flatMap(
    ([applies, code, subject, problem, remedy]) =>
      applies ? [doctorFinding(code, subject, problem, remedy)] : [],
  );
