import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { messageOf } from '../domain/error.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';

const timeoutMs = 5_000;

const discovery = z.object({ issuer: z.string() });
/** Source: RFC 6749, section 5.2 */
const refusal = z.object({ error: z.string() });
/** Source: GitLab doc/api/applications.md; for administrators only, the scopes since 17 */
const applications = z.array(
  z.object({ application_id: z.string(), callback_url: z.string(), scopes: z.array(z.string()).optional() }),
);

const scopes = ['openid', 'profile'];

type Settings = Pick<Config, 'gitlabUrl' | 'gitlabToken' | 'signIn'>;

/**
 * Checks the application that people sign in with, as far as GitLab shows it. A GitLab that cannot be reached is reported
 * with its token.
 */
export async function checkSignIn({
  gitlabUrl,
  gitlabToken,
  signIn,
}: Settings): Promise<readonly DoctorFinding[]> {
  if (signIn === null) return [];
  const { clientId, clientSecret, redirectUri } = signIn;
  const issuer = discovery.safeParse((await ask(`${gitlabUrl}/.well-known/openid-configuration`)).body);
  if (!issuer.success) return [];
  if (issuer.data.issuer !== gitlabUrl) return [wrongIssuer(issuer.data.issuer)];
  // A made-up code: GitLab looks at the application first.
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: 'doctor',
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: redirectUri,
  });
  const token = await ask(`${gitlabUrl}/oauth/token`, { method: 'POST', body });
  if (refusal.safeParse(token.body).data?.error === 'invalid_client') return [unknown];
  const list = await ask(`${gitlabUrl}/api/v4/applications?per_page=100`, {
    headers: { 'private-token': gitlabToken ?? '' },
  });
  const found = applications.safeParse(list.body).data?.find(({ application_id: id }) => id === clientId);
  if (found === undefined) return [unseen(redirectUri)];
  const missing = scopes.filter((scope) => found.scopes?.includes(scope) === false);
  return [
    ...(found.callback_url.split(/\s+/).includes(redirectUri) ? [] : [wrongRedirect(redirectUri)]),
    ...(missing.length > 0 ? [lacksScopes(missing)] : []),
  ];
}

async function ask(url: string, request: RequestInit = {}): Promise<{ readonly body: unknown }> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { ...request, redirect: 'manual', signal });
    return { body: JSON.parse(await response.text()) as unknown };
  } catch (error) {
    return { body: messageOf(error) };
  }
}

const wrongIssuer = (issuer: string): DoctorFinding =>
  doctorFinding(
    'sign_in_issuer_differs',
    'GITLAB_URL',
    `GitLab calls itself ${issuer.slice(0, 200)}: nobody can sign in`,
    'set GITLAB_URL to the external_url of GitLab',
  );

const unknown = doctorFinding(
  'sign_in_application_unknown',
  'GITLAB_OAUTH_ID',
  'GitLab does not know this application with GITLAB_OAUTH_SECRET',
  'copy both from the application in GitLab once more',
);

const wrongRedirect = (redirectUri: string): DoctorFinding =>
  doctorFinding(
    'sign_in_redirect_differs',
    'GITLAB_OAUTH_ID',
    `the application has another redirect URI than ${redirectUri}`,
    'set this redirect URI in the application, or PUBLIC_URL',
  );

const lacksScopes = (missing: readonly string[]): DoctorFinding =>
  doctorFinding(
    'sign_in_scope_missing',
    'GITLAB_OAUTH_ID',
    `the application lacks the scopes: ${missing.join(', ')}`,
    'tick openid and profile in the application',
  );

const unseen = (redirectUri: string): DoctorFinding =>
  doctorFinding(
    'sign_in_not_checked',
    'GITLAB_OAUTH_ID',
    `only an administrator of GitLab sees whether its redirect URI is ${redirectUri}, its scopes openid and profile`,
    'look at the application in GitLab',
  );
