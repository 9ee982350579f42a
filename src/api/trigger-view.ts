import { z } from 'zod';
import { retriedJobsOf } from '../domain/trigger/auto-retry.ts';
import type { ChildPipeline } from '../domain/trigger/child-pipeline.ts';
import { blockingJobsOf } from '../domain/trigger/family.ts';
import { endSeenView } from '../domain/trigger/end-seen.ts';
import type { FailedJob } from '../domain/trigger/job.ts';
import { reasonOf } from '../domain/trigger/finish.ts';
import type { PageUrlOf } from './approval-view.ts';
import { approvalSchema, approvalsView, createPageUrl } from './approval-view.ts';
import { ruleView, shownRuleSchema } from './manual-rules.ts';
import { reportSummaries } from '../domain/trigger/report.ts';
import { stateOf } from '../domain/trigger/timeline.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { onManualChoices, outcomes, pipelineOf } from '../domain/trigger/trigger.ts';
import { isoOf } from './time.ts';

/** ISO 8601 in UTC, with milliseconds. */
export const timeSchema = z.string().meta({ format: 'date-time' });

const job = {
  id: z.int(),
  name: z.string(),
  stage: z.string(),
  pipelineId: z
    .int()
    .optional()
    .meta({ description: 'The child pipeline that it is in; left out for the trigger’s own.' }),
};

const childSchema = z
  .object({
    pipelineId: z.int(),
    projectId: z.int().nullable(),
    name: z.string().meta({ description: 'Of the trigger job that started it.' }),
    status: z.string().meta({ description: 'GitLab’s word, as last seen.' }),
    webUrl: z.string().nullable(),
    unreadable: z
      .string()
      .optional()
      .meta({ description: 'Why GitLab does not show its jobs, in GitLab’s words; left out where it does.' }),
  })
  .meta({
    id: 'ChildPipeline',
    description: 'A pipeline that the trigger’s pipeline, or a child of it, started.',
  });

export const blockingJobSchema = z
  .object({ ...job, webUrl: z.string().nullable() })
  .meta({ id: 'BlockingJob', description: 'A manual job that holds its pipeline up.' });

export const failedJobSchema = z
  .object({
    ...job,
    webUrl: z.string().nullable(),
    failureReason: z.string().nullable().meta({ description: 'GitLab’s word for it: `script_failure` …' }),
    trace: z
      .string()
      .nullable()
      .meta({ description: 'The last lines of its log; null until a caller has waited for the trigger.' }),
  })
  .meta({ id: 'FailedJob', description: 'A required job that failed.' });

const reportSummarySchema = z
  .object({
    kind: z.enum(['gate', 'commitStatus']),
    target: z.string().meta({ description: 'The name of the job, or of the status.' }),
    state: z.enum(['waiting', 'done', 'refused']),
    detail: z
      .string()
      .nullable()
      .meta({ description: 'What came of it, or what it waits for; GitLab’s words.' }),
    updatedAt: timeSchema,
  })
  .meta({ id: 'Report' });

const retrySchema = z
  .object({
    job: z.string(),
    reason: z.string().meta({ description: 'Why it failed: GitLab’s `failure_reason`.' }),
    at: timeSchema,
  })
  .meta({ id: 'JobRetry', description: 'A failed job that the service has retried by itself.' });

/** A trigger as callers see it. */
export const triggerSchema = z
  .object({
    id: z.string().meta({ examples: ['trg_2f1c7a0b9d3e4c5f8a6b7c8d9e0f1a2b'] }),
    project: z.string().meta({ description: 'As it was asked for: a numeric id or a full path.' }),
    projectId: z.int().nullable(),
    ref: z.string(),
    state: z.enum(['pending', 'finished']),
    pipelineId: z.int().nullable().meta({ description: 'Null until the pipeline is created.' }),
    pipelineStatus: z.string().nullable().meta({ description: 'GitLab’s word, as last seen.' }),
    webUrl: z.string().nullable(),
    outcome: z.enum(outcomes).nullable().meta({ description: 'Null until the trigger finishes.' }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it ended as it did, or what keeps it from getting on.' }),
    onManual: z
      .enum(onManualChoices)
      .meta({ description: 'Of no meaning where there are rules in `manual`.' }),
    manual: z
      .array(shownRuleSchema)
      .optional()
      .meta({ description: 'The rules, if it was asked for by rules.' }),
    children: z.array(childSchema).optional().meta({ description: 'Left out while none is known.' }),
    playedJobs: z.array(z.object(job)),
    failedJobs: z.array(failedJobSchema),
    reports: z
      .array(reportSummarySchema)
      .optional()
      .meta({ description: 'What the upstream pipeline shows of it, if that was asked for.' }),
    retries: z
      .array(retrySchema)
      .optional()
      .meta({ description: 'The failed jobs that the service has retried by itself, if it was to.' }),
    outputs: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'What its jobs handed on, if that was asked for: empty until it has ended.' }),
    outputsProblem: z
      .string()
      .nullable()
      .optional()
      .meta({ description: 'What of it could not be read, and why; null: nothing.' }),
    approvals: z
      .array(approvalSchema)
      .optional()
      .meta({ description: 'The jobs that wait to be approved, if a rule asks for approvals.' }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    finishedAt: timeSchema.nullable(),
    deadlineAt: timeSchema,
    endSeenBy: z.enum(['hook', 'poll']).optional().meta({
      description:
        'How the end of the pipeline became known; `poll`: no webhook had reported it. Left out for an end that is not GitLab’s.',
    }),
    endSeenLateSeconds: z.int().optional().meta({
      description: 'How long after it, by GitLab’s time of the end; left out where GitLab gives none.',
    }),
    waiters: z.int().meta({ description: 'How many wait for it in this process just now.' }),
  })
  .meta({ id: 'Trigger', description: 'One request to run a pipeline: its state and its outcome.' });

export type TriggerView = z.infer<typeof triggerSchema>;

const failedJobView = ({ traceTail, ...job }: FailedJob): z.infer<typeof failedJobSchema> => ({
  ...job,
  trace: traceTail,
});

/** Of thousands the first ones say what is wrong, or what to play. */
export const mostJobsShown = 100;

export const failedJobsView = (jobs: readonly FailedJob[]): z.infer<typeof failedJobSchema>[] =>
  jobs.slice(0, mostJobsShown).map(failedJobView);

/** The jobs that block a pipeline. */
export const blockingJobsView = (trigger: Trigger): z.infer<typeof blockingJobSchema>[] =>
  blockingJobsOf(trigger)
    .slice(0, mostJobsShown)
    .map(({ id, name, stage, webUrl, pipelineId }) => ({
      id,
      name,
      stage,
      webUrl,
      ...within(pipelineId),
    }));

/** The child pipeline that a job is in, where it is in one. */
const within = (pipelineId: number | undefined) => (pipelineId === undefined ? {} : { pipelineId });

const childView = ({
  id,
  projectId,
  bridge,
  status,
  webUrl,
  unreadable,
}: ChildPipeline): z.infer<typeof childSchema> => ({
  pipelineId: id,
  projectId: projectId === 0 ? null : projectId,
  name: bridge.name,
  status,
  webUrl,
  ...(unreadable === null ? {} : { unreadable }),
});

const retriesView = (trigger: Trigger): z.infer<typeof retrySchema>[] =>
  retriedJobsOf(trigger)
    .filter(({ progress }) => progress === 'done')
    .map(({ name, reason, at }) => ({ job: name, reason, at: isoOf(at) }));

const hasChildren = (trigger: Trigger): trigger is Trigger & Required<Pick<Trigger, 'children'>> =>
  trigger.children !== undefined && trigger.children.length > 0;

/** Whether a job of it may ever wait to be approved. */
const asksForApproval = ({ manual = [] }: Trigger['request']): boolean =>
  manual.some(({ action }) => action === 'approve');

export function triggerView(
  trigger: Trigger,
  waiters: number,
  pageUrlOf: PageUrlOf = createPageUrl(null),
): TriggerView {
  const { id, request, state, createdAt, updatedAt, deadlineAt } = trigger;
  const pipeline = pipelineOf(trigger);
  const finished = state.kind === 'finished' ? state : null;
  const approvals = approvalsView(trigger, pageUrlOf);
  return {
    id,
    project: request.project,
    projectId: pipeline === null || pipeline.projectId === 0 ? null : pipeline.projectId,
    ref: request.ref,
    state: stateOf(trigger),
    pipelineId: pipeline?.id ?? null,
    pipelineStatus: pipeline?.status ?? null,
    webUrl: pipeline?.webUrl ?? null,
    outcome: finished?.outcome ?? null,
    reason: reasonOf(trigger),
    onManual: request.onManual,
    ...(request.manual === undefined ? {} : { manual: request.manual.map(ruleView) }),
    ...(hasChildren(trigger) ? { children: trigger.children.map(childView) } : {}),
    playedJobs: trigger.played
      .filter(({ progress }) => progress === 'played')
      .map((job) => ({ id: job.id, name: job.name, stage: job.stage, ...within(job.pipelineId) })),
    failedJobs: failedJobsView(finished?.failedJobs ?? []),
    ...(trigger.reports === undefined
      ? {}
      : { reports: reportSummaries(trigger).map((each) => ({ ...each, updatedAt: isoOf(each.updatedAt) })) }),
    ...(request.autoRetry === undefined ? {} : { retries: retriesView(trigger) }),
    ...(request.outputs === undefined
      ? {}
      : { outputs: trigger.outputs?.values ?? {}, outputsProblem: trigger.outputs?.problem ?? null }),
    ...(asksForApproval(request) ? { approvals } : {}),
    createdAt: isoOf(createdAt),
    updatedAt: isoOf(updatedAt),
    finishedAt: finished === null ? null : isoOf(finished.finishedAt),
    deadlineAt: isoOf(deadlineAt),
    ...endSeenView(trigger),
    waiters,
  };
}
