import { z } from 'zod';
import type { Hook, HookEvent } from '../hooks/hook.ts';
import { alertStatus } from '../hooks/hook.ts';
import { hooksOf } from '../hooks/hook-book.ts';
import type { HookKind } from '../hooks/hook-book.ts';
import { isoDate } from '../present/dates.ts';
import { hookSettings } from '../scenario.ts';
import type { HookSettings } from '../scenario.ts';
import type { Call, Route } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { textOf } from './read-pipeline-input.ts';
import { notFound, refuse, refuseInput } from './reply.ts';
import type { Reply } from './reply.ts';

const one = '/projects/:id/hooks/:hook_id';

/** Project hooks. Source: GitLab doc/api/project_webhooks.md */
export const hookRoutes: readonly Route[] = [
  { method: 'get', path: '/projects/:id/hooks', answer: list },
  { method: 'post', path: '/projects/:id/hooks', answer: create },
  { method: 'get', path: one, answer: show },
  { method: 'put', path: one, answer: update },
  { method: 'delete', path: one, answer: remove },
  { method: 'post', path: `${one}/test/:trigger`, answer: test },
  { method: 'get', path: `${one}/events`, answer: listEvents },
  { method: 'post', path: `${one}/events/:event_id/resend`, answer: resend },
];

function list(call: Call): Reply {
  const project = lookUpProject(call, 'maintainer');
  return paginate(call, hooksOf(call.hooks, project.scenario.id), (hook) => present(call, hook));
}

function create(call: Call): Reply {
  const project = lookUpProject(call, 'maintainer');
  const hook = call.hooks.add(project.scenario.id, readSettings(call));
  return { status: 201, body: present(call, hook) };
}

function show(call: Call): Reply {
  return { status: 200, body: present(call, lookUpHook(call)) };
}

function update(call: Call): Reply {
  const hook = lookUpHook(call);
  const { url } = call.input;
  // A token was meant for the old receiver: GitLab forgets it when the address changes.
  const kept =
    url === undefined || url === hook.settings.url ? hook.settings : { ...hook.settings, token: null };
  hook.settings = readSettings(call, kept);
  return { status: 200, body: present(call, hook) };
}

function remove(call: Call): Reply {
  call.hooks.hooks.delete(lookUpHook(call).id);
  return { status: 204 };
}

async function test(call: Call): Promise<Reply> {
  const hook = lookUpHook(call);
  const { trigger } = call.params;
  if (trigger !== 'pipeline_events' && trigger !== 'job_events') {
    throw refuseInput('trigger does not have a valid value');
  }
  const event = await call.hooks.test(hook, trigger satisfies HookKind);
  if (event === undefined) throw refuse(422, 'Ensure the project has CI pipelines.');
  if (!isDelivered(event)) throw refuse(422, `Hook executed unsuccessfully: ${event.responseStatus}`);
  return { status: 201, body: { message: '201 Created' } };
}

function listEvents(call: Call): Reply {
  const wanted = call.input['status'];
  const events = lookUpHook(call).events.filter(
    (event) => wanted === undefined || classesOf(event).includes(textOf(wanted)),
  );
  return paginate(call, events.reverse(), presentEvent);
}

async function resend(call: Call): Promise<Reply> {
  const hook = lookUpHook(call);
  const event = hook.events.find(({ id }) => id === Number(call.params['event_id']));
  if (event === undefined) throw notFound();
  if (event.url !== hook.settings.url) {
    throw refuse(422, 'The hook URL has changed. Unable to resend the request.');
  }
  const { responseStatus } = await call.hooks.resend(hook, event);
  return { status: 201, body: { response_status: responseStatus } };
}

function lookUpHook(call: Call): Hook {
  const project = lookUpProject(call, 'maintainer');
  const hook = call.hooks.hooks.get(Number(call.params['hook_id']));
  if (hook?.projectId !== project.scenario.id) throw notFound();
  return hook;
}

/** Forms send `true` and `false` as words. */
function readSettings({ input }: Call, old?: HookSettings): HookSettings {
  const given = Object.entries(input).map(([key, value]) => {
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

function present({ world }: Call, hook: Hook): Record<string, unknown> {
  const { token, signing_token, custom_headers, ...shown } = hook.settings;
  return {
    id: hook.id,
    project_id: hook.projectId,
    ...shown,
    created_at: isoDate(hook.createdAt),
    alert_status: alertStatus(hook, world.around.now()),
    disabled_until: isoDate(hook.disabledUntil),
    url_variables: [],
    custom_headers: custom_headers.map(({ key }) => ({ key })),
    token_present: token !== null,
    signing_token_present: signing_token !== null,
    tag_push_events: false,
    merge_requests_events: false,
    repository_update_events: false,
    branch_filter_strategy: 'wildcard',
  };
}

function presentEvent(event: HookEvent): Record<string, unknown> {
  const { 'X-Gitlab-Token': secret, ...headers } = event.requestHeaders;
  return {
    id: event.id,
    url: event.url,
    trigger: event.trigger.replace(/_events$/, '_hooks'),
    request_headers: secret === undefined ? headers : { ...headers, 'X-Gitlab-Token': '[REDACTED]' },
    request_data: JSON.parse(event.body) as unknown,
    response_headers: event.responseHeaders,
    response_body: event.responseBody,
    execution_duration: event.durationMs / 1000,
    response_status: String(event.responseStatus),
  };
}

function isDelivered({ responseStatus }: HookEvent): boolean {
  return typeof responseStatus === 'number' && responseStatus < 400;
}

/** The values of `?status=` that find this event: its code, and its class. */
function classesOf(event: HookEvent): string[] {
  const code = String(event.responseStatus);
  if (isDelivered(event)) return [code, 'successful'];
  return [code, code.startsWith('4') ? 'client_failure' : 'server_failure'];
}
