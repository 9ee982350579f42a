import type { User } from '../scenario.ts';
import { serializeUser } from '../serializers/people.ts';
import type { Call, ApiRoute } from './call.ts';
import { refuse } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** What the instance shows of itself and about the caller. */
export const instanceRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/version', answer: showVersion },
  { method: 'get', path: '/metadata', answer: showMetadata },
  { method: 'get', path: '/user', answer: showUser },
  { method: 'get', path: '/personal_access_tokens/self', answer: showToken },
];

const revision = 'simulator';

function showVersion({ gitlabVersion }: Call): ApiReply {
  return { status: 200, body: { version: gitlabVersion, revision } };
}

function showMetadata({ gitlabVersion }: Call): ApiReply {
  const enterprise = gitlabVersion.endsWith('-ee');
  const kas = { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null };
  return { status: 200, body: { version: gitlabVersion, revision, kas, enterprise } };
}

function showUser(call: Call): ApiReply {
  const user = userOf(call);
  const body = {
    ...serializeUser(call.world, call.baseUrl, user.username),
    is_admin: user.admin,
    bot: false,
  };
  return { status: 200, body };
}

function showToken(call: Call): ApiReply {
  const user = userOf(call);
  const body = {
    id: call.world.scenario.users.indexOf(user) + 1,
    name: user.tokenName,
    revoked: false,
    created_at: '2026-01-01T00:00:00.000Z',
    scopes: user.scopes,
    user_id: call.world.scenario.users.indexOf(user) + 1,
    last_used_at: null,
    active: true,
    expires_at: user.tokenExpiresAt,
  };
  return { status: 200, body };
}

function userOf({ caller }: Call): User {
  if (caller.kind !== 'user') throw refuse(401, '401 Unauthorized');
  return caller.user;
}
