import type { User } from '../scenario.ts';
import { serializeUser } from '../serializers/people.ts';
import { membershipOf } from '../world/roles.ts';
import type { ApiRoute, Call } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { notFound, refuse } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Users, their roles in projects, and the applications that they sign in to. Source: GitLab doc/api/users.md, doc/api/project_members.md */
export const peopleRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/users/:user_id', answer: showUser },
  { method: 'get', path: '/applications', answer: listApplications },
  { method: 'get', path: '/projects/:id/members/all/:user_id', answer: showMember },
];

/** Source: gitlabhq lib/gitlab/access.rb */
const accessLevels = { ['guest']: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const;

function userOf({ world, params }: Call): User | undefined {
  const user = world.scenario.users[Number(params['user_id']) - 1];
  return user?.state === 'gone' ? undefined : user;
}

function showUser(call: Call): ApiReply {
  const user = userOf(call);
  if (user === undefined) throw notFound('User');
  return { status: 200, body: serializeUser(call.world, call.baseUrl, user.username) };
}

/** Source: GitLab doc/api/applications.md */
function listApplications(call: Call): ApiReply {
  const { caller, world } = call;
  if (caller.kind !== 'user' || !caller.user.admin) throw refuse(403, '403 Forbidden');
  return paginate(call, world.scenario.applications, ({ id, name, redirectUris, scopes }) => ({
    id: 1 + world.scenario.applications.findIndex((each) => each.id === id),
    application_id: id,
    application_name: name,
    callback_url: redirectUris.join('\n'),
    confidential: true,
    scopes,
  }));
}

function showMember(call: Call): ApiReply {
  const { scenario } = lookUpProject(call, 'guest');
  const user = userOf(call);
  const role = user && membershipOf(user, scenario.path);
  if (user === undefined || role === undefined) throw notFound();
  return {
    status: 200,
    body: {
      ...serializeUser(call.world, call.baseUrl, user.username),
      access_level: accessLevels[role],
      membership_state: 'active',
      created_at: '2026-01-01T00:00:00.000Z',
      expires_at: null,
    },
  };
}
