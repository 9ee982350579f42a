import { createHash, randomBytes } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { IdTokens } from '../id-tokens.ts';
import type { ApiReply } from '../rest/reply.ts';
import type { Input } from '../rest/read-input.ts';
import type { Application, User } from '../scenario.ts';
import { personOf } from '../serializers/people.ts';
import type { Site } from '../serializers/pipeline.ts';
import { authorizePage, nobody } from './authorize-page.ts';
import type { ProviderLies } from './lies.ts';
import { withLies } from './lies.ts';

/** A request to the provider. */
export type ProviderCall = {
  readonly input: Input;
  readonly authorization: string | undefined;
};

type ProviderRoute = {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly answer: (call: ProviderCall) => ApiReply | Promise<ApiReply>;
};

/** The provider of OpenID Connect that GitLab is. Source: GitLab doc/integration/openid_connect_provider.md */
export type Provider = {
  /** What it says otherwise than GitLab from now on. */
  readonly lie: (lies: ProviderLies) => void;
  /** The routes below the relative root. */
  readonly routes: readonly ProviderRoute[];
};

type Grant = {
  readonly user: User;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly nonce: string | undefined;
  readonly challenge: string | undefined;
  readonly at: number;
};

/** The provider, with what it has given out. */
type Desk = Site & {
  readonly idTokens: Pick<IdTokens, 'sign' | 'signUnpublished'>;
  readonly codes: Map<string, Grant>;
  readonly accessTokens: Map<string, Grant>;
  lies: ProviderLies;
};

/** Source: gitlabhq config/initializers/doorkeeper.rb */
const codeLifeMs = 10 * 60_000;
/** Source: gitlabhq config/initializers/doorkeeper_openid_connect.rb; the gem's default */
const idTokenSeconds = 120;

const textIn = (input: Input, name: string): string | undefined =>
  typeof input[name] === 'string' && input[name] !== '' ? input[name] : undefined;

export function createProvider(site: Site, idTokens: Desk['idTokens']): Provider {
  const desk: Desk = { ...site, idTokens, codes: new Map(), accessTokens: new Map(), lies: {} };
  const discovery = (): ApiReply => ({
    status: 200,
    body: withLies(discoveryOf(site.baseUrl), desk.lies.discovery),
  });
  return {
    lie: (lies) => {
      desk.lies = lies;
    },
    routes: [
      { method: 'get', path: '/.well-known/openid-configuration', answer: discovery },
      { method: 'get', path: '/oauth/authorize', answer: (call) => authorize(desk, call) },
      { method: 'post', path: '/oauth/token', answer: (call) => token(desk, call) },
      { method: 'get', path: '/oauth/userinfo', answer: (call) => userinfo(desk, call) },
    ],
  };
}

const applicationOf = ({ world }: Desk, input: Input): Application | undefined =>
  world.scenario.applications.find(({ id }) => id === textIn(input, 'client_id'));

function authorize(desk: Desk, { input }: ProviderCall): ApiReply {
  const application = applicationOf(desk, input);
  const redirectUri = textIn(input, 'redirect_uri') ?? '';
  if (application === undefined) return page(401, 'Client authentication failed due to unknown client.');
  if (!application.redirectUris.includes(redirectUri))
    return page(400, 'The redirect URI included is not valid.');
  const back = (fields: Readonly<Record<string, string | undefined>>): ApiReply => {
    const url = new URL(redirectUri);
    for (const [name, value] of Object.entries({
      ...fields,
      state: textIn(input, 'state'),
      ...desk.lies.redirect,
    }))
      if (value !== undefined) url.searchParams.set(name, value);
    return { status: 302, body: '', headers: { location: url.href } };
  };
  const scopes = (textIn(input, 'scope') ?? '').split(' ');
  if (textIn(input, 'response_type') !== 'code') return back({ error: 'unsupported_response_type' });
  if (scopes.some((scope) => !application.scopes.includes(scope))) return back({ error: 'invalid_scope' });
  const as = textIn(input, 'as');
  if (as === nobody) return back({ error: 'access_denied' });
  const user = desk.world.scenario.users.find(({ username, state }) => username === as && state === 'active');
  if (user === undefined) return authorizePage(desk.world, desk.baseUrl, input, application.name);
  const code = randomBytes(32).toString('hex');
  desk.codes.set(code, {
    user,
    clientId: application.id,
    redirectUri,
    scopes,
    nonce: textIn(input, 'nonce'),
    challenge: textIn(input, 'code_challenge'),
    at: desk.world.around.now(),
  });
  return back({ code });
}

/** The grant of a code, which is good once, for who began the sign-in. */
function grantFor({ codes, lies, world }: Desk, input: Input): Grant | undefined {
  const code = textIn(input, 'code') ?? '';
  const grant = codes.get(code);
  if (lies.takesAnyCode === true) return grant;
  codes.delete(code);
  if (grant === undefined || grant.clientId !== textIn(input, 'client_id')) return undefined;
  const verifier = createHash('sha256')
    .update(textIn(input, 'code_verifier') ?? '')
    .digest('base64url');
  const isProven = grant.challenge === undefined || grant.challenge === verifier;
  const isFresh = world.around.now() - grant.at < codeLifeMs;
  return isProven && isFresh && grant.redirectUri === textIn(input, 'redirect_uri') ? grant : undefined;
}

async function token(desk: Desk, { input }: ProviderCall): Promise<ApiReply> {
  const application = applicationOf(desk, input);
  if (application === undefined || application.secret !== textIn(input, 'client_secret'))
    return refusal(401, 'invalid_client', 'Client authentication failed due to unknown client.');
  if (textIn(input, 'grant_type') !== 'authorization_code')
    return refusal(400, 'unsupported_grant_type', 'The authorization grant type is not supported.');
  const grant = grantFor(desk, input);
  if (grant === undefined)
    return refusal(400, 'invalid_grant', 'The provided authorization grant is invalid, expired, revoked.');
  const accessToken = randomBytes(32).toString('hex');
  desk.accessTokens.set(accessToken, grant);
  const answer = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: 7200,
    refresh_token: randomBytes(32).toString('hex'),
    scope: grant.scopes.join(' '),
    created_at: Math.floor(desk.world.around.now() / 1000),
    ...(grant.scopes.includes('openid')
      ? { id_token: await idTokenOf(desk, grant, application.secret) }
      : {}),
  };
  return { status: 200, body: withLies(answer, desk.lies.tokens) };
}

function idTokenOf(desk: Desk, { user, clientId, nonce }: Grant, secret: string): Promise<string> | string {
  const { world, baseUrl, lies, idTokens } = desk;
  const issuedAt = Math.floor(world.around.now() / 1000);
  const truth = {
    iss: baseUrl,
    sub: String(personOf(world, user.username).id),
    aud: clientId,
    exp: issuedAt + idTokenSeconds,
    iat: issuedAt,
    nonce,
    auth_time: issuedAt - 60,
    sub_legacy: createHash('sha256').update(user.username).digest('hex'),
  };
  const claims = withLies(truth, lies.claims);
  if (lies.signature === 'none') return new UnsecuredJWT(claims).encode();
  if (lies.signature === 'secret')
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
  return lies.signature === 'unpublished key' ? idTokens.signUnpublished(claims) : idTokens.sign(claims);
}

function userinfo({ accessTokens, world, baseUrl, lies }: Desk, { authorization }: ProviderCall): ApiReply {
  const grant = accessTokens.get(/^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
  if (grant === undefined) return refusal(401, 'invalid_token', 'The access token is invalid');
  const { id, name, username } = personOf(world, grant.user.username);
  const about = {
    sub: String(id),
    ...(grant.scopes.includes('profile')
      ? { name, nickname: username, preferred_username: username, profile: `${baseUrl}/${username}` }
      : {}),
    groups: Object.keys(grant.user.roles),
  };
  return { status: 200, body: withLies(about, lies.userinfo) };
}

/** Source: `https://gitlab.com/.well-known/openid-configuration` */
const discoveryOf = (baseUrl: string) => ({
  issuer: baseUrl,
  authorization_endpoint: `${baseUrl}/oauth/authorize`,
  token_endpoint: `${baseUrl}/oauth/token`,
  revocation_endpoint: `${baseUrl}/oauth/revoke`,
  introspection_endpoint: `${baseUrl}/oauth/introspect`,
  userinfo_endpoint: `${baseUrl}/oauth/userinfo`,
  jwks_uri: `${baseUrl}/oauth/discovery/keys`,
  scopes_supported: ['api', 'read_api', 'read_user', 'openid', 'profile', 'email'],
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'fragment', 'form_post'],
  grant_types_supported: ['authorization_code', 'password', 'client_credentials', 'refresh_token'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  code_challenge_methods_supported: ['plain', 'S256'],
});

const refusal = (status: number, error: string, description: string): ApiReply => ({
  status,
  body: { error, error_description: description },
});

const page = (status: number, text: string): ApiReply => ({
  status,
  body: `<!DOCTYPE html><title>GitLab</title><p>${text}</p>`,
  headers: { 'content-type': 'text/html; charset=utf-8' },
});
