import { isoDate } from '../serializers/dates.ts';
import type { ProjectEnvironment } from '../world/project.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { textOf } from './read-pipeline-input.ts';
import { notFound, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Environments, as jobs have named them. Source: GitLab lib/api/environments.rb, doc/api/environments.md */
export const environmentRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects/:id/environments', answer: list },
  { method: 'get', path: '/projects/:id/environments/:environment_id', answer: show },
];

const states = ['available', 'stopping', 'stopped'];

/** Nothing stops an environment here, so all are available. */
function list(call: Call): ApiReply {
  const { name, search, states: state } = call.input;
  if (state !== undefined && !states.includes(textOf(state))) {
    throw refuseInput('states does not have a valid value');
  }
  const shown = [...lookUpProject(call).environments.values()]
    .filter((each) => name === undefined || each.name === name)
    .filter((each) => search === undefined || each.name.includes(textOf(search)))
    .filter(() => state === undefined || state === 'available')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return paginate(call, shown, serialize);
}

function show(call: Call): ApiReply {
  const { environments } = lookUpProject(call);
  const id = Number(call.params['environment_id']);
  const found = [...environments.values()].find((each) => each.id === id);
  if (found === undefined) throw notFound('Environment');
  return { status: 200, body: { ...serialize(found), last_deployment: null } };
}

function serialize({ id, name, tier, createdAt }: ProjectEnvironment): Record<string, unknown> {
  return {
    id,
    name,
    slug: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    description: null,
    external_url: null,
    created_at: isoDate(createdAt),
    updated_at: isoDate(createdAt),
    tier,
    state: 'available',
    auto_stop_at: null,
    auto_stop_setting: 'always',
    kubernetes_namespace: null,
    flux_resource_path: null,
  };
}
