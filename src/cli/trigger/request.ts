import type { PipelineId } from '../../domain/ids.ts';
import type { ManualRule } from '../../domain/trigger/manual-rules.ts';
import type { TriggerRequest } from '../../domain/trigger/trigger.ts';
import type { Command } from './command.ts';
import type { CiJob } from './ci-identity.ts';
import { gitlabUrlOf } from './gitlab-address.ts';

/** The Python command waits without a limit. */
const longestSeconds = 31_536_000;

/** The request for an engine in this process, with the Python command's rules where they differ from the service's. */
export const requestOf = (
  command: Command,
  projectId: string,
  { gitlabUrl, rules }: { readonly gitlabUrl: string; readonly rules?: readonly ManualRule[] | undefined },
): TriggerRequest => ({
  project: projectId,
  ref: command.ref,
  retry: command.retry,
  pipelineId: command.pid as PipelineId | null,
  onManual: command.onManual,
  jobs: command.jobs,
  ...(rules === undefined ? {} : { manual: rules }),
  ...(command.autoRetry === null ? {} : { autoRetry: command.autoRetry }),
  ...(command.failureGraceSeconds === null ? {} : { failureGraceSeconds: command.failureGraceSeconds }),
  ...(command.outputs.length === 0 ? {} : { outputs: command.outputs.map((job) => ({ job, file: null })) }),
  playOneByOne: true,
  deadlineSeconds: command.timeoutSeconds ?? longestSeconds,
  cancelOnDeadline: false,
  gitlabUrl,
  upstream: null,
  cancelWithUpstream: false,
});

const reportMember = (report: Command['report']): object | null =>
  report === null ? null : Object.fromEntries(Object.entries(report).filter(([, name]) => name !== null));

/** The body of `POST /v1/triggers` for a command line. Options that were not given are left out. */
export function serviceRequestOf(command: Command, job: CiJob | null): object {
  const { variables, inputs, jobs, manual, onManual, gitlab, cancelOnInterrupt } = command;
  const upstream =
    job === null ? null : { project: job.project, pipelineId: job.pipelineId, jobId: job.jobId };
  const optional = {
    variables: Object.keys(variables).length > 0 ? variables : null,
    inputs: Object.keys(inputs).length > 0 ? inputs : null,
    pipelineId: command.pid,
    jobs,
    deadlineSeconds: command.timeoutSeconds,
    gitlabUrl: gitlab.isGiven ? gitlabUrlOf(gitlab) : null,
    triggerToken: command.pipelineToken,
    apiToken: command.apiToken,
    upstream,
    report: reportMember(command.report),
    outputs: command.outputs.length === 0 ? null : command.outputs,
    autoRetry: command.autoRetry,
    failureGraceSeconds: command.failureGraceSeconds,
    cancelWithUpstream: cancelOnInterrupt && upstream !== null ? true : null,
  };
  const given = Object.entries(optional).filter(([, value]) => value !== null);
  return {
    project: command.project,
    ref: command.ref,
    retry: command.retry,
    ...(manual === undefined ? { onManual } : { manual }),
    ...Object.fromEntries(given),
  };
}
