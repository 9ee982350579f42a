import { z } from 'zod';
import type { Hook } from '../hooks/hook.ts';
import { alertStatus } from '../hooks/hook.ts';
import { isoDate } from '../serializers/dates.ts';
import { groupIdOf } from '../serializers/project.ts';
import { hookSettings } from '../scenario.ts';
import type { HookSettings } from '../scenario.ts';
import type { Call, ApiRoute } from './call.ts';
import { hookAddresses, lookUpHook } from './hook-owners.ts';
import type { LookUpHooks } from './hook-owners.ts';
import { paginate } from './paginate.ts';
import { flagOf } from './read-pipeline-input.ts';
import { refuse, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Hooks of projects and groups. Source: GitLab doc/api/project_webhooks.md, doc/api/group_webhooks.md */
export const hookRoutes: readonly ApiRoute[] = hookAddresses.flatMap(
  ({ base, lookUp }): readonly ApiRoute[] => {
    const one = `${base}/:hook_id`;
    return [
      { method: 'get', path: base, answer: (call) => list(call, lookUp) },
      { method: 'post', path: base, answer: (call) => create(call, lookUp) },
      { method: 'get', path: one, answer: (call) => show(call, lookUp) },
      { method: 'put', path: one, answer: (call) => update(call, lookUp) },
      { method: 'delete', path: one, answer: (call) => remove(call, lookUp) },
    ];
  },
);

function list(call: Call, lookUp: LookUpHooks): ApiReply {
  return paginate(call, lookUp(call).hooks, (hook) => serializeHook(call, hook));
}

function create(call: Call, lookUp: LookUpHooks): ApiReply {
  const { kind, owner, hooks, most } = lookUp(call);
  const settings = readSettings(call);
  if (hooks.length >= most) throw refuse(422, `Maximum number of ${kind} hooks (${most}) exceeded`);
  return { status: 201, body: serializeHook(call, call.hooks.add(owner, settings)) };
}

function show(call: Call, lookUp: LookUpHooks): ApiReply {
  return { status: 200, body: serializeHook(call, lookUpHook(call, lookUp).hook) };
}

function update(call: Call, lookUp: LookUpHooks): ApiReply {
  const { hook } = lookUpHook(call, lookUp);
  const { url } = call.input;
  // A token was meant for the old receiver: GitLab forgets it when the address changes.
  const kept =
    url === undefined || url === hook.settings.url ? hook.settings : { ...hook.settings, token: null };
  hook.settings = readSettings(call, kept);
  return { status: 200, body: serializeHook(call, hook) };
}

function remove(call: Call, lookUp: LookUpHooks): ApiReply {
  call.hooks.hooks.delete(lookUpHook(call, lookUp).hook.id);
  return { status: 204 };
}

/** GitLab before 19 does not know signing tokens, and passes over what it does not know. */
const knowsSigning = ({ gitlabVersion }: Call): boolean => Number.parseInt(gitlabVersion, 10) >= 19;

/** What forms send as words. */
const switches: ReadonlySet<string> = new Set([
  'pipeline_events',
  'job_events',
  'push_events',
  'enable_ssl_verification',
]);

function readSettings(call: Call, old?: HookSettings): HookSettings {
  const { input } = call;
  const given = Object.entries(input)
    .filter(([key]) => key !== 'signing_token' || knowsSigning(call))
    .map(([key, value]) => {
      return [key, switches.has(key) ? (flagOf(value) ?? value) : value] as const;
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
    ...(hook.groupPath === null
      ? { project_id: hook.projectId }
      : { group_id: groupIdOf(call.world, hook.groupPath) }),
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
