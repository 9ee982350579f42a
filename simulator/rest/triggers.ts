import { randomUUID } from 'node:crypto';
import { isoDate } from '../serializers/dates.ts';
import { serializeUser } from '../serializers/people.ts';
import type { Project, TriggerToken } from '../world/project.ts';
import type { World } from '../world/world.ts';
import { userNameOf } from './authenticate.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { readText } from './read-pipeline-input.ts';
import { notFound } from './reply.ts';
import type { ApiReply } from './reply.ts';

const all = '/projects/:id/triggers';
const one = `${all}/:trigger_id`;

/** Trigger tokens. Source: GitLab lib/api/ci/triggers.rb, lib/api/entities/trigger.rb */
export const triggerTokenRoutes: readonly ApiRoute[] = [
  { method: 'get', path: all, answer: list },
  { method: 'post', path: all, answer: create },
  { method: 'get', path: one, answer: show },
  { method: 'put', path: one, answer: update },
  { method: 'delete', path: one, answer: remove },
];

/** The user that a trigger token acts as: its owner, or the scenario's first user. */
export function ownerOf({ scenario }: World, { owner }: TriggerToken): string {
  return owner ?? scenario.users[0]?.username ?? 'ghost';
}

function list(call: Call): ApiReply {
  return paginate(call, lookUpProject(call, 'maintainer').triggers, (trigger) => serialize(call, trigger));
}

function create(call: Call): ApiReply {
  const project = lookUpProject(call, 'maintainer');
  const now = call.world.around.now();
  const trigger: TriggerToken = {
    id: call.world.nextId('trigger'),
    token: `glptt-${randomUUID().replaceAll('-', '')}`,
    owner: userNameOf(call.caller),
    createdAt: now,
    description: readText(call.input, 'description'),
    updatedAt: now,
    lastUsed: null,
  };
  project.triggers.push(trigger);
  return { status: 201, body: serialize(call, trigger) };
}

function show(call: Call): ApiReply {
  return { status: 200, body: serialize(call, lookUpTrigger(call).trigger) };
}

function update(call: Call): ApiReply {
  const { trigger } = lookUpTrigger(call);
  if (call.input['description'] !== undefined) trigger.description = readText(call.input, 'description');
  trigger.updatedAt = call.world.around.now();
  return { status: 200, body: serialize(call, trigger) };
}

function remove(call: Call): ApiReply {
  const { project, trigger } = lookUpTrigger(call);
  project.triggers.splice(project.triggers.indexOf(trigger), 1);
  return { status: 204 };
}

function lookUpTrigger(call: Call): { readonly project: Project; readonly trigger: TriggerToken } {
  const project = lookUpProject(call, 'maintainer');
  const trigger = project.triggers.find(({ id }) => id === Number(call.params['trigger_id']));
  if (trigger === undefined) throw notFound();
  return { project, trigger };
}

/** Others than its owner see the first four characters of a token. */
function serialize({ world, baseUrl, caller }: Call, trigger: TriggerToken): Record<string, unknown> {
  const owner = ownerOf(world, trigger);
  return {
    id: trigger.id,
    token: userNameOf(caller) === owner ? trigger.token : trigger.token.slice(0, 4),
    description: trigger.description,
    created_at: isoDate(trigger.createdAt),
    updated_at: isoDate(trigger.updatedAt),
    deleted_at: null,
    last_used: isoDate(trigger.lastUsed),
    expires_at: null,
    owner: serializeUser(world, baseUrl, owner),
  };
}
