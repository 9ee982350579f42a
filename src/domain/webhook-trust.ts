import type { Delivery, Payload } from './delivery.ts';
import { isNamed, projectIdOf } from './delivery.ts';
import { isSameRef } from './trigger/ref.ts';
import type { Trigger } from './trigger/trigger.ts';
import { pipelineOf } from './trigger/trigger.ts';

/** What an authenticated webhook may prove: facts of the project whose own secret it carries, or all of its content. */
export type WebhookTrust = 'project' | 'all';

/** Each of them, for parsers. */
export const webhookTrusts = ['project', 'all'] as const satisfies readonly WebhookTrust[];

/** Scheme, host and port of a GitLab. */
export const originOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).origin : null);

/**
 * Whether a payload is of the project of a trigger's pipeline. Pipeline ids prove nothing: every project with a webhook
 * can send any id. Where GitLab has not given the project's id, the name in the request counts.
 */
export function isOfOwnProject(trigger: Trigger, payload: Payload): boolean {
  const projectId = pipelineOf(trigger)?.projectId ?? 0;
  return projectId > 0 ? projectIdOf(payload) === projectId : isNamed(trigger.request.project, payload);
}

/** Whether an unreadable payload may be of a trigger's project, by the names in it. */
export function mayBeOfOwnProject(trigger: Trigger, names: readonly string[]): boolean {
  const { project } = trigger.request;
  const projectId = pipelineOf(trigger)?.projectId ?? 0;
  const known = [project.toLowerCase(), ...(projectId > 0 ? [String(projectId)] : [])];
  const comparable = names.filter((name) => known.some((other) => isId(other) === isId(name)));
  return comparable.every((name) => known.includes(name.toLowerCase()));
}

const isId = (name: string): boolean => /^\d+$/.test(name);

const linksIn = (payload: Payload): readonly (string | null)[] => {
  if (payload.kind === 'job') return [payload.job.webUrl];
  if (payload.kind !== 'pipeline') return [];
  return [payload.pipeline.webUrl, ...(payload.pipeline.jobs ?? []).map(({ webUrl }) => webUrl)];
};

/** Whether all links in a payload lead to the trigger's GitLab: to the address of its API, or to that of its own links. */
export function hasOwnLinks(trigger: Trigger, payload: Payload): boolean {
  const addresses = [trigger.request.gitlabUrl, pipelineOf(trigger)?.webUrl ?? null];
  const origins = addresses.flatMap((url) => (url === null ? [] : (originOf(url) ?? [])));
  return linksIn(payload).every(
    (url) => url === null || origins.some((origin) => url.startsWith(`${origin}/`)),
  );
}

/** Whether a webhook of a trigger's project proves its content, by the secret that it carries. */
export const provesBySecret = (
  { request }: Trigger,
  { credential }: Delivery,
  trust: WebhookTrust,
): boolean =>
  trust === 'all' || (credential.kind === 'project' && credential.origin === originOf(request.gitlabUrl));

/**
 * Whether a hook that is of a trigger's project proves where its jobs deploy to, which GitLab's API does not show: by a
 * secret that is the project's own, or by our id, which nobody knows but the trigger's caller and its pipeline.
 */
export const provesEnvironments = (trigger: Trigger, delivery: Delivery, trust: WebhookTrust): boolean =>
  provesBySecret(trigger, delivery, trust) ||
  (trigger.carriesNoId !== true && provesByContent(trigger, delivery));

/**
 * Whether a webhook fits a trigger in every respect: GitLab's origin, project, ref and our id. It is trusted where no
 * token may read the pipeline. Whether it comes from the trigger's GitLab and links there is checked elsewhere.
 */
export function provesByContent(
  { id, request, carriesNoId }: Trigger,
  { payload, instance }: Delivery,
): boolean {
  if (payload.kind !== 'pipeline' || (instance === null && payload.pipeline.webUrl === null)) return false;
  const isOurs = carriesNoId === true ? payload.triggerId === null : payload.triggerId === id;
  return (
    isOurs && isNamed(request.project, payload) && payload.ref !== null && isSameRef(payload.ref, request.ref)
  );
}
