import type { User } from '../scenario.ts';
import { serializeUser } from '../serializers/people.ts';
import { membershipOf } from '../world/roles.ts';
import type { ApiRoute, Call } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { notFound } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Users, and their roles in projects. Source: GitLab doc/api/users.md, doc/api/project_members.md */
export const peopleRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/users/:user_id', answer: showUser },
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
