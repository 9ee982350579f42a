import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { triggerLine } from './describe-trigger.ts';
import type { ToolDeps } from './tool-result.ts';
import { id, jobs, longestSeconds, orError, result, triggerOutput } from './tool-result.ts';

/** The tools that change something in GitLab. */
export function registerActingTools(deps: ToolDeps): void {
  registerTriggerPipeline(deps);
  registerPlayManualJobs(deps);
  registerCancelTrigger(deps);
}

function registerTriggerPipeline({ server, client }: ToolDeps): void {
  server.registerTool(
    'trigger_pipeline',
    {
      title: 'Trigger a GitLab pipeline',
      description:
        'Triggers a GitLab pipeline for a branch or tag of a project and returns its trigger as soon as it is stored; call wait_for_trigger with its id for the result. onManual says what happens when a manual job blocks the pipeline: fail (default), pass, or play it; jobs limits play to these jobs. Example: {"project": "group/app", "ref": "main", "variables": {"VERSION": "1.4"}, "onManual": "play", "jobs": ["deploy"]}',
      inputSchema: {
        project: z.string().min(1).describe('Path of the project, or its id'),
        ref: z.string().min(1).describe('Branch or tag'),
        variables: z.record(z.string(), z.string()).optional().describe('CI/CD variables of the pipeline'),
        inputs: z
          .record(z.string(), z.unknown())
          .optional()
          .describe('Inputs of the pipeline (spec: inputs)'),
        onManual: z.enum(['fail', 'pass', 'play']).optional(),
        jobs: jobs.optional().describe('With onManual play: only these manual jobs, in this order'),
        timeoutSeconds: z
          .int()
          .min(1)
          .max(longestSeconds)
          .optional()
          .describe('Deadline of the pipeline; the service’s own unless given'),
      },
      outputSchema: triggerOutput,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    },
    ({ timeoutSeconds, ...request }, { signal }) =>
      orError(
        (async () => {
          const body = {
            ...request,
            ...(timeoutSeconds === undefined ? {} : { deadlineSeconds: timeoutSeconds }),
          };
          const trigger = await client.start(body, `mcp:${randomUUID()}`, signal);
          return result(
            trigger,
            `${triggerLine(trigger)}. Call wait_for_trigger with this id for the result.`,
          );
        })(),
      ),
  );
}

function registerPlayManualJobs({ server, client }: ToolDeps): void {
  server.registerTool(
    'play_manual_jobs',
    {
      title: 'Play manual jobs',
      description:
        'Plays manual jobs of the pipeline of a trigger: those named in jobs, else all that block it. A job that was played already counts as done. This may start a deployment: play only what the user asked for. Example: {"id": "trg_2f1c7a0b", "jobs": ["deploy"]}',
      inputSchema: { id, jobs: jobs.optional().describe('Names; all that block unless given') },
      outputSchema: triggerOutput,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    },
    ({ id: wanted, ...body }, { signal }) =>
      orError(
        client.steer(wanted, 'play', body, signal).then((trigger) => result(trigger, triggerLine(trigger))),
      ),
  );
}

function registerCancelTrigger({ server, client }: ToolDeps): void {
  server.registerTool(
    'cancel_trigger',
    {
      title: 'Cancel a pipeline',
      description:
        'Cancels the pipeline of a trigger, and its child pipelines. Returns when GitLab has been asked to; wait_for_trigger returns the outcome "canceled". Example: {"id": "trg_2f1c7a0b", "reason": "wrong version"}',
      inputSchema: { id, reason: z.string().min(1).max(1_000).optional().describe('For the audit log') },
      outputSchema: triggerOutput,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    },
    ({ id: wanted, ...body }, { signal }) =>
      orError(
        client.steer(wanted, 'cancel', body, signal).then((trigger) => result(trigger, triggerLine(trigger))),
      ),
  );
}
