import type { HookEvent } from '../hooks/hook.ts';
import { alertStatus } from '../hooks/hook.ts';
import type { EventKind } from '../hooks/headers.ts';
import type { HookOwner } from '../hooks/hook-registry.ts';
import type { Call, ApiRoute } from './call.ts';
import { hookAddresses, lookUpHook } from './hook-owners.ts';
import type { LookUpHooks } from './hook-owners.ts';
import { createCallLimit } from './limit-calls.ts';
import type { CallLimit } from './limit-calls.ts';
import { paginate } from './paginate.ts';
import { textOf } from './read-pipeline-input.ts';
import { notFound, refuse, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** The most events on a page; other lists go up to 100. Source: GitLab lib/api/hooks/events.rb */
const mostPerPage = 20;

/** Testing hooks, and what became of deliveries. Source: GitLab lib/api/hooks, app/services/web_hook_service.rb */
export function hookEventRoutes(now: () => number): readonly ApiRoute[] {
  const limitTests = createCallLimit(now);
  const limitResends = createCallLimit(now);
  return hookAddresses.flatMap(({ base, lookUp }): readonly ApiRoute[] => {
    const one = `${base}/:hook_id`;
    return [
      { method: 'post', path: `${one}/test/:trigger`, answer: (call) => test(call, lookUp, limitTests) },
      { method: 'get', path: `${one}/events`, answer: (call) => listEvents(call, lookUp) },
      {
        method: 'post',
        path: `${one}/events/:event_id/resend`,
        answer: (call) => resend(call, lookUp, limitResends),
      },
    ];
  });
}

/** What a project lacks of which GitLab could make a sample. */
const lacks = {
  pipeline_events: 'Ensure the project has CI pipelines.',
  job_events: 'Ensure the project has CI jobs.',
  push_events: 'Ensure the project has at least one commit.',
} as const satisfies Record<EventKind, string>;

const isKind = (trigger: string): trigger is EventKind => Object.hasOwn(lacks, trigger);

/** Delivers also to a hook that is disabled. What the receiver said, or what kept it from being reached, is the answer. */
async function test(call: Call, lookUp: LookUpHooks, limit: CallLimit): Promise<ApiReply> {
  const { hook, owner, sampleProject } = lookUpHook(call, lookUp);
  const trigger = call.params['trigger'] ?? '';
  if (!isKind(trigger)) throw refuseInput('trigger does not have a valid value');
  limit(call, keyOf(owner));
  if (sampleProject === undefined) throw refuse(422, 'Ensure the group has a project with commits.');
  const event = await call.hooks.test(hook, sampleProject, trigger);
  if (event === undefined) throw refuse(422, lacks[trigger]);
  const { responseStatus, responseBody } = event;
  const isGood = typeof responseStatus === 'number' && responseStatus >= 200 && responseStatus < 300;
  if (!isGood) throw refuse(422, responseBody);
  return { status: 201, body: { message: '201 Created' } };
}

const keyOf = ({ projectId, groupPath }: HookOwner): number | string => projectId ?? groupPath ?? '';

function listEvents(call: Call, lookUp: LookUpHooks): ApiReply {
  const { status, per_page: perPage } = call.input;
  if (Number(perPage ?? mostPerPage) > mostPerPage) throw refuseInput('per_page does not have a valid value');
  const wanted = status === undefined ? null : textOf(status).split(',');
  const events = lookUpHook(call, lookUp).hook.events.filter(
    (event) => wanted === null || classesOf(event).some((each) => wanted.includes(each)),
  );
  return paginate(call, events.reverse(), presentEvent);
}

async function resend(call: Call, lookUp: LookUpHooks, limit: CallLimit): Promise<ApiReply> {
  const { hook, owner } = lookUpHook(call, lookUp);
  limit(call, keyOf(owner));
  const event = hook.events.find(({ id }) => id === Number(call.params['event_id']));
  if (event === undefined) throw notFound();
  if (event.url !== hook.settings.url)
    throw refuse(422, 'The hook URL has changed, and this log entry cannot be retried');
  if (alertStatus(hook, call.world.around.now()) !== 'executable') throw refuse(422, 'Hook disabled');
  const { responseStatus, responseBody } = await call.hooks.resend(hook, event);
  if (responseStatus === 'internal error') throw refuse(422, responseBody);
  return { status: 201, body: { response_status: responseStatus } };
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

/** The values of `?status=` that find this event: its code, and its class. */
function classesOf({ responseStatus }: HookEvent): string[] {
  const code = String(responseStatus);
  if (code.startsWith('2')) return [code, 'successful'];
  if (code.startsWith('4')) return [code, 'client_failure'];
  return code.startsWith('3') ? [code] : [code, 'server_failure'];
}
