import { z } from 'zod';
import type { FailedJob, Job } from '../domain/trigger/job.ts';
import { isBlocking } from '../domain/trigger/job.ts';
import { reasonOf } from '../domain/trigger/finish.ts';
import { ruleView, shownRuleSchema } from './manual-rules.ts';
import { reportSummaries } from '../domain/trigger/report.ts';
import { stateOf } from '../domain/trigger/timeline.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { onManualChoices, outcomes, pipelineOf } from '../domain/trigger/trigger.ts';
import { isoOf } from './time.ts';

/** ISO 8601 in UTC, with milliseconds. */
export const timeSchema = z.string().meta({ format: 'date-time' });

const job = { id: z.int(), name: z.string(), stage: z.string() };

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

/** A trigger as callers see it. */
export const triggerSchema = z
  .object({
    id: z.string().meta({ example: 'trg_2f1c7a0b9d3e4c5f8a6b7c8d9e0f1a2b' }),
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
    playedJobs: z.array(z.object(job)),
    failedJobs: z.array(failedJobSchema),
    reports: z
      .array(reportSummarySchema)
      .optional()
      .meta({ description: 'What the upstream pipeline shows of it, if that was asked for.' }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    finishedAt: timeSchema.nullable(),
    deadlineAt: timeSchema,
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
export const blockingJobsView = (jobs: readonly Job[]): z.infer<typeof blockingJobSchema>[] =>
  jobs
    .filter(isBlocking)
    .slice(0, mostJobsShown)
    .map(({ id, name, stage, webUrl }) => ({ id, name, stage, webUrl }));

export function triggerView(trigger: Trigger, waiters: number): TriggerView {
  const { id, request, state, createdAt, updatedAt, deadlineAt } = trigger;
  const pipeline = pipelineOf(trigger);
  const finished = state.kind === 'finished' ? state : null;
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
    playedJobs: trigger.played
      .filter(({ progress }) => progress === 'played')
      .map((job) => ({ id: job.id, name: job.name, stage: job.stage })),
    failedJobs: failedJobsView(finished?.failedJobs ?? []),
    ...(trigger.reports === undefined
      ? {}
      : { reports: reportSummaries(trigger).map((each) => ({ ...each, updatedAt: isoOf(each.updatedAt) })) }),
    createdAt: isoOf(createdAt),
    updatedAt: isoOf(updatedAt),
    finishedAt: finished === null ? null : isoOf(finished.finishedAt),
    deadlineAt: isoOf(deadlineAt),
    waiters,
  };
}
