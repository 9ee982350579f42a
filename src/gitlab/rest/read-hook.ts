import { z } from 'zod';
import type { FailedDelivery, HookId, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import { readDate } from '../schema/parts.ts';
import { deliveryId } from '../webhooks/read-delivery.ts';
import { parsePayload } from '../webhooks/parse-payload.ts';

const flag = z.boolean().nullish();

/** A hook in an answer of GitLab's REST API. Source: GitLab lib/api/entities/hook.rb */
const hook = z.object({
  id: z.number().int().positive(),
  project_id: z.number().int().positive().nullish(),
  url: z.string(),
  pipeline_events: flag,
  job_events: flag,
  push_events: flag,
  enable_ssl_verification: flag,
  custom_webhook_template: z.string().nullish(),
  token_present: flag,
  signing_token_present: flag,
  alert_status: z.string().nullish(),
  disabled_until: z.string().nullish(),
});

/** An attempt in the log of a hook. Source: GitLab lib/api/entities/web_hook_log.rb */
const attempt = z.object({
  id: z.number().int().positive(),
  request_headers: z.record(z.string(), z.unknown()).nullish(),
  request_data: z.unknown(),
  response_status: z.coerce.string(),
});

const project = z.object({ path_with_namespace: z.string() });
const resent = z.object({ response_status: z.coerce.number() });

/** @throws ZodError for an unexpected answer, of GitLab or a gateway */
export const parseHook = (body: unknown): ProjectHook => hookFrom(hook.parse(body));
export const parseHooks = (body: unknown): readonly ProjectHook[] => z.array(hook).parse(body).map(hookFrom);
export const parsePaths = (body: unknown): readonly string[] =>
  z
    .array(project)
    .parse(body)
    .map(({ path_with_namespace: path }) => path);
export const parseAttempts = (body: unknown): readonly FailedDelivery[] =>
  z.array(attempt).parse(body).map(failedFrom);
export const parseResent = (body: unknown): number => resent.parse(body).response_status;

const statuses = ['executable', 'temporarily_disabled', 'disabled'] as const;

function hookFrom(shown: z.infer<typeof hook>): ProjectHook {
  const disabledUntil = shown.disabled_until == null ? null : readDate(shown.disabled_until);
  return {
    id: shown.id as HookId,
    projectId: shown.project_id ?? null,
    url: shown.url,
    pipelineEvents: shown.pipeline_events ?? false,
    jobEvents: shown.job_events ?? false,
    pushEvents: shown.push_events ?? false,
    verifiesTls: shown.enable_ssl_verification ?? true,
    hasTemplate: (shown.custom_webhook_template ?? '').trim() !== '',
    hasSecret: shown.token_present ?? null,
    isSigned: shown.signing_token_present ?? null,
    // GitLab before 15 does not disable hooks.
    status: statuses.find((status) => status === shown.alert_status) ?? 'executable',
    disabledUntil,
  };
}

function failedFrom({
  id,
  request_headers,
  request_data,
  response_status,
}: z.infer<typeof attempt>): FailedDelivery {
  const headers = Object.entries(request_headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  const sent = new Map(headers as [string, string][]);
  return {
    id,
    delivery: deliveryId((name) => sent.get(name), JSON.stringify(request_data ?? null)),
    payload: parsePayload(sent.get('x-gitlab-event') ?? '', request_data),
    answer: response_status,
  };
}
