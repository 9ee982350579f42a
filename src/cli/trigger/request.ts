import type { PipelineId } from '../../domain/ids.ts';
import type { TriggerRequest } from '../../domain/trigger/trigger.ts';
import type { Command } from './command.ts';

/** The Python command waited for as long as it took. */
const longestSeconds = 31_536_000;

/** What an engine of our own is asked to do: by the rules of the Python command, where they differ from the service's. */
export const requestOf = (command: Command, projectId: string, gitlabUrl: string): TriggerRequest => ({
  project: projectId,
  ref: command.ref,
  retry: command.retry,
  pipelineId: command.pid as PipelineId | null,
  onManual: command.onManual,
  jobs: command.jobs,
  ...(command.manual === undefined ? {} : { manual: command.manual }),
  playOneByOne: true,
  deadlineSeconds: command.timeoutSeconds ?? longestSeconds,
  cancelOnDeadline: false,
  gitlabUrl,
  upstream: null,
  cancelWithUpstream: false,
});
