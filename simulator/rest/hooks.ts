import { z } from 'zod';
import type { Hook } from '../hooks/hook.ts';
import { alertStatus } from '../hooks/hook.ts';
import { hooksOf } from '../hooks/hook-registry.ts';
import { isoDate } from '../serializers/dates.ts';
import { hookSettings } from '../scenario.ts';
import type { HookSettings } from '../scenario.ts';
import type { Project } from '../world/project.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { notFound, refuse, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';

const one = '/projects/:id/hooks/:hook_id';

/** Project hooks. Source: GitLab doc/api/project_webhooks.md */
export const hookRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects/:id/hooks', answer: list },
  { method: 'post', path: '/projects/:id/hooks', answer: create },
  { method: 'get', path: one, answer: show },
  { method: 'put', path: one, answer: update },
  { method: 'delete', path: one, answer: remove },
];

function list(call: Call): ApiReply {
  const project = lookUpProject(call, 'maintainer');
  return paginate(call, hooksOf(call.hooks, project.scenario.id), (hook) => serializeHook(call, hook));
}

function create(call: Call): ApiReply {
  const project = lookUpProject(call, 'maintainer');
  const owner = { projectId: project.scenario.id, groupPath: null };
  return { status: 201, body: serializeHook(call, call.hooks.add(owner, readSettings(call))) };
}

function show(call: Call): ApiReply {
  return { status: 200, body: serializeHook(call, lookUpHook(call).hook) };
}

function update(call: Call): ApiReply {
  const { hook } = lookUpHook(call);
  const { url } = call.input;
  // A token was meant for the old receiver: GitLab forgets it when the address changes.
  const kept =
    url === undefined || url === hook.settings.url ? hook.settings : { ...hook.settings, token: null };
  hook.settings = readSettings(call, kept);
  return { status: 200, body: serializeHook(call, hook) };
}

function remove(call: Call): ApiReply {
  call.hooks.hooks.delete(lookUpHook(call).hook.id);
  return { status: 204 };
}

/** The hook that `:hook_id` names in the project of the call. @throws Refusal 404, 403 */
export function lookUpHook(call: Call): { readonly hook: Hook; readonly project: Project } {
  const project = lookUpProject(call, 'maintainer');
  const hook = call.hooks.hooks.get(Number(call.params['hook_id']));
  if (hook?.projectId !== project.scenario.id) throw notFound();
  return { hook, project };
}

/** GitLab before 19 does not know signing tokens, and passes over what it does not know. */
const knowsSigning = ({ gitlabVersion }: Call): boolean => Number.parseInt(gitlabVersion, 10) >= 19;

/** Forms send `true` and `false` as words. */
function readSettings(call: Call, old?: HookSettings): HookSettings {
  const { input } = call;
  const given = Object.entries(input)
    .filter(([key]) => key !== 'signing_token' || knowsSigning(call))
    .map(([key, value]) => {
      const isWord = (value === 'true' || value === 'false') && key !== 'token';
      return [key, isWord ? value === 'true' : value] as const;
    });
  if (old === undefined && input['url'] === undefined) throw refuseInput('url is missing');
  const parsed = hookSettings.safeParse({ ...old, ...Object.fromEntries(given) });
  if (!parsed.success) {
    const { fieldErrors } = z.flattenError(parsed.error);
    throw fieldErrors.url === undefined ? refuse(400, fieldErrors) : refuse(422, 'Invalid url given');
  }
  return parsed.data;
}

/** A hook as the API shows it: of secrets no more than whether there are any, and that since GitLab 19. */
export function serializeHook(call: Call, hook: Hook): Record<string, unknown> {
  const { token, signing_token, custom_headers, ...shown } = hook.settings;
  const secrets = { token_present: token !== null, signing_token_present: signing_token !== null };
  return {
    id: hook.id,
    ...(hook.groupPath === null ? { project_id: hook.projectId } : { group_id: 1 }),
    ...shown,
    created_at: isoDate(hook.createdAt),
    alert_status: alertStatus(hook, call.world.around.now()),
    disabled_until: isoDate(hook.disabledUntil),
    url_variables: [],
    custom_headers: custom_headers.map(({ key }) => ({ key })),
    ...(knowsSigning(call) ? secrets : {}),
    tag_push_events: false,
    merge_requests_events: false,
    repository_update_events: false,
    branch_filter_strategy: 'wildcard',
  };
}
